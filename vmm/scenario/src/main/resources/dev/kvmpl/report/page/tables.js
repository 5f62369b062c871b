// SPDX-License-Identifier: Apache-2.0
// What does not move: the heading, verdicts, and what the run came to.
'use strict';

/** Fills a table with rows of texts or elements; `act(i)` is what choosing row i does, if it does anything. */
function fillTable(id, heading, rows, act, shown = rows.length) {
  const table = document.getElementById(id);
  const line = (cells, cell) => cells.map(content => {
    const made = document.createElement(cell);
    made.append(content);
    if (typeof content === 'string' && /^0x|^[rwus-]{4}$/.test(content)) made.className = 'mono';
    return made;
  });
  const head = document.createElement('thead');
  head.append(document.createElement('tr'));
  head.firstChild.append(...line(heading, 'th'));
  const body = document.createElement('tbody');
  rows.slice(0, shown).forEach((row, i) => {
    const made = document.createElement('tr');
    made.append(...line(row, 'td'));
    if (act) {
      made.tabIndex = 0;
      made.addEventListener('click', () => act(i));
      made.addEventListener('keydown', event => { if (event.key === 'Enter') act(i); });
    }
    body.append(made);
  });
  table.replaceChildren(head, body);
  return body;
}

function element(name, text, style = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = style;
  return made;
}

function driverCell(number) {
  const cell = element('span', '');
  if (number) {
    const swatch = element('span', '', 'swatch');
    swatch.style.background = colours.driver(number);
    cell.append(swatch);
  }
  cell.append(driverName(number));
  return cell;
}

const isDone = operation => operation.verdict === 'allowed' || operation.verdict === 'already-open';

(() => {
  const OPERATIONS_SHOWN = 1000;
  const text = (id, content) => { document.getElementById(id).textContent = content; };
  text('scenario', run.scenario);
  const outcome = document.getElementById('outcome');
  const good = run.outcome === 'completed' && !run.unmet.length;
  outcome.className = good ? 'good' : 'bad';
  outcome.textContent = `${run.outcome}${run.message ? `: ${run.message}` : ''}` +
    `${run.unmet.length ? ', not as expected' : ''} in ${(run.durationNs / 1e6).toFixed(1)} ms`;
  text('facts', `${run.host}, Linux ${run.kernel}, ${run.cpu}, enforcement ${run.enforcement}, detection ${run.detection}` +
    (run.lost ? `, ${run.lost} records not kept` : ''));
  document.getElementById('unmet').append(...run.unmet.map(line => element('li', `not held: ${line}`)));

  document.getElementById('watched').hidden = run.enforced;

  const body = fillTable('operations',
    ['time', 'driver', 'operation', 'address', 'bytes', 'data', 'verdict', 'error', 'owner', 'source'],
    run.operations.map(one => [one.t < 0 ? '' : time(one.t), driverCell(one.driver), one.access, one.gpa,
      String(one.length), one.data, element('span', one.verdict, isDone(one) ? 'good' : 'bad'), one.code,
      one.owner ? driverCell(one.owner) : '-', one.source ? `${one.source} ${one.callee}` : one.rip]),
    i => { if (run.operations[i].t >= 0) { scene.moveTo(run.operations[i].t); timeLine.follow(); } }, OPERATIONS_SHOWN);
  if (run.operations.length > OPERATIONS_SHOWN) {
    text('more-operations', `and ${run.operations.length - OPERATIONS_SHOWN} more`);
  }
  scene.onChange(() => {
    [...body.rows].forEach((row, i) => row.classList.toggle('chosen', run.operations[i].t === scene.t));
  });

  const LINES_SHOWN = 2000;
  fillTable('console', ['time', 'by', 'driver', 'text'], run.console.map(([t, level, vcpu, driver, line]) =>
    [time(t), `VMPL${level} vcpu${vcpu}`, driverCell(driver), element('code', line)]),
  i => { scene.moveTo(run.console[i][0]); timeLine.follow(); }, LINES_SHOWN);
  document.getElementById('console-section').hidden = !run.console.length;
  fillTable('stopped', ['vCPU', 'driver', 'at', 'registers'], run.stopped.map(([name, driver, where, registers]) =>
    [name, driverCell(driver), element('span', where, 'bad'), element('code', registers)]));
  document.getElementById('stopped-section').hidden = !run.stopped.length;
  fillTable('drivers', ['driver', 'level', 'status'],
    run.drivers.map(one => [driverCell(one.number), `VMPL${one.level}`, one.status]));
  const counts = Object.entries(run.exitCounts);
  fillTable('exits', ['reason', 'count', ''], bars(counts));
  fillTable('writers', ['driver', 'pages', '', run.enforced ? 'refused' : 'would be refused'], writers());
  fillTable('owners', ['', 'range', 'driver'], [...run.ownedBefore.map(row => ['before', row]),
    ...run.ownedAfter.map(row => ['after', row])]
    .map(([when, [start, end, driver]]) => [when, `${hex(start)}..${hex(end)}`, driverCell(driver)]));
  fillTable('watch', ['address', 'bytes'], run.watch);
  const legend = document.getElementById('legend');
  run.drivers.slice(0, 10).forEach(one => {
    const key = driverCell(one.number);
    key.classList.add('key');
    legend.append(key);
  });

  function bars(rows) {
    const most = Math.max(1, ...rows.map(([, count]) => count));
    return rows.map(([name, count]) => {
      const bar = element('span', '', 'fill');
      bar.style.width = `${Math.max(1, 90 * count / most)}px`;
      return [name, String(count), bar];
    });
  }

  /** A histogram of the pages that each driver has written, or would have. */
  function writers() {
    const shown = bars(run.writers.map(([driver, pages]) => [driverName(driver), pages]));
    return shown.map((row, i) => [...row, String(run.writers[i][2])]);
  }
})();
