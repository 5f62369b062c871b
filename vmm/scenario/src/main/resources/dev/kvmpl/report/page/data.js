// SPDX-License-Identifier: Apache-2.0
// What the page draws: rows of the document in the page, as RunDocument.java wrote them, with names.
'use strict';

const run = JSON.parse(document.getElementById('run').textContent);
const PAGE = 4096;
const VMM = -1;

run.drivers = run.drivers.map(([name, level, status], i) => ({number: i + 1, name, level, status}));
run.vcpus = run.vcpus.map(([number, level, processor]) => ({number, level, processor}));
run.kinds = run.kinds.map(([label, meaning]) => ({label, meaning}));
run.steps = run.steps.map(([t, kind, level, processor, vcpu, driver, access, gpa, length, data], index) =>
  ({index, t, kind, level, processor, vcpu, driver, access, gpa, length, data}));
run.handOvers = run.handOvers.map(([t, processor, level]) => ({t, processor, level}));
run.exits = run.exits.map(([t, vcpu, reason]) => ({t, vcpu, reason}));
run.operations = run.operations.map(
  ([t, vcpu, driver, access, gpa, length, data, verdict, code, owner, source, callee, rip], index) =>
    ({index, t, vcpu, driver, access, gpa, length, data, verdict, code, owner, source, callee, rip}));
run.changes = run.changes.map(([t, level, start, end, may]) => ({t, level, start, end, may}));

const accesses = ['write', 'read', 'execute', 'port read', 'port write', 'MSR read', 'MSR write'];
const lanes = makeLanes();
const laneOf = new Map(lanes.map((lane, i) => [`${lane.processor} ${lane.level}`, i]));
run.steps.forEach(step => { step.lane = laneOf.get(`${step.processor} ${step.level}`) ?? 0; });

const vcpuLane = new Map(run.vcpus.map(({number, level, processor}) => [number, laneOf.get(`${processor} ${level}`)]));
run.exits.forEach(exit => { exit.lane = vcpuLane.get(exit.vcpu); });

const first = run.steps.length ? run.steps[0].t : 0;
const last = Math.max(run.durationNs, run.steps.length ? run.steps[run.steps.length - 1].t : 0);

/** For each processor VMPL0's vCPU, the VMM, and the vCPUs of the levels below. */
function makeLanes() {
  const made = [];
  const processors = [...new Set(run.vcpus.map(vcpu => vcpu.processor))].sort((a, b) => a - b);
  for (const processor of processors) {
    const here = run.vcpus.filter(vcpu => vcpu.processor === processor).sort((a, b) => a.level - b.level);
    for (const vcpu of here) {
      made.push({processor, level: vcpu.level, name: `VMPL${vcpu.level} vcpu${vcpu.number}`});
      if (vcpu.level === 0) made.push({processor, level: VMM, name: 'VMM'});
    }
    if (!here.some(vcpu => vcpu.level === 0)) made.push({processor, level: VMM, name: 'VMM'});
  }
  return made;
}

function driverName(number) { return number ? run.drivers[number - 1].name : '-'; }

function time(ns) {
  if (ns >= 1e10) return `${(ns / 1e9).toFixed(3)} s`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(ns < 1e7 ? 4 : 3)} ms`;
}

function permissions(may) {
  return ['r', 'w', 'u', 's'].map((letter, bit) => may >> bit & 1 ? letter : '-').join('');
}

function hex(number) { return `0x${number.toString(16)}`; }

function who(step) { return step.level === VMM ? 'VMM' : `VMPL${step.level} vcpu${step.vcpu}`; }

/** A step in words. */
function sentence(step) {
  const kind = run.kinds[step.kind];
  const what = step.length ? `, ${step.length} bytes at ${step.gpa}` : '';
  const may = kind.label === 'GRANT' ? `, ${permissions(Number(step.data))}` : '';
  return `${kind.label}: ${kind.meaning}${what}${may}`;
}

/** The index of the last of `rows` whose t is not after `t`, -1 for none. */
function lastAt(rows, t) { return d3.bisector(row => row.t).right(rows, t) - 1; }
