// SPDX-License-Identifier: Apache-2.0
// Memory at the chosen moment: permissions of each level, and owners. Memory is cut wherever anything in the run ever
// differs; a piece is as wide as the logarithm of its pages, so that a page shows beside megabytes.
'use strict';

const memory = (() => {
  const canvas = document.getElementById('memory');
  const LEFT = 110, TOP = 8, ROW = 30, AXIS = 24, RIGHT = 14;
  const DESIGNATE = run.kinds.findIndex(kind => kind.label === 'DESIGNATE');
  const designated = run.steps.filter(step => step.kind === DESIGNATE)
    .map(step => ({t: step.t, start: Number(BigInt(step.gpa) & ~0xfffn), driver: step.driver}))
    .filter(({start}) => start < run.memorySize);
  const starts = cuts();
  const pieces = starts.slice(0, -1).map((start, i) => ({start, end: starts[i + 1]}));
  const offsets = d3.cumsum(pieces, ({start, end}) => Math.log2((end - start) / PAGE) + 1);
  const sum = offsets.at(-1) || 1;
  const restricted = pieces.map(({start}) => run.restricted.some(([from, to]) => start >= from && start < to));
  let view = [0, sum];

  function cuts() {
    const all = new Set([0, run.memorySize]);
    const add = (start, end) => { all.add(start); all.add(end); };
    run.before.forEach(column => column.forEach(([start, end]) => add(start, end)));
    run.changes.forEach(({start, end}) => add(start, end));
    [run.ownedBefore, run.ownedAfter, run.restricted].forEach(list => list.forEach(([start, end]) => add(start, end)));
    designated.forEach(({start}) => add(start, start + PAGE));
    return [...all].filter(at => at >= 0 && at <= run.memorySize).sort((a, b) => a - b);
  }

  const index = new Map(starts.map((start, i) => [start, i]));
  function fill(row, start, end, value) {
    for (let i = index.get(start); i < index.get(end); i++) row[i] = value;
  }

  /** The permissions of the level in row `i`, a piece each. */
  function column(i) {
    const row = new Array(pieces.length).fill(0);
    run.before[i].forEach(([start, end, may]) => fill(row, start, end, may));
    for (const change of run.changes) {
      if (change.t > scene.t) break;
      if (change.level === run.levels[i]) fill(row, change.start, change.end, change.may);
    }
    return row;
  }

  function owners() {
    const row = new Array(pieces.length).fill(0);
    const known = scene.t >= last ? run.ownedAfter : run.ownedBefore;
    known.forEach(([start, end, driver]) => fill(row, start, end, driver));
    if (scene.t < last) {
      designated.filter(({t}) => t <= scene.t).forEach(({start, driver}) => fill(row, start, start + PAGE, driver));
    }
    return row;
  }

  const rows = () => [...run.levels.map((level, i) => ({name: `VMPL${level}`, values: column(i), owner: false})),
    {name: 'owner', values: owners(), owner: true}];
  const x = () => d3.scaleLinear(view, [LEFT, Math.max(LEFT + 10, canvas.clientWidth - RIGHT)]);
  const height = () => TOP + ROW * (run.levels.length + 1) + AXIS;

  function draw() {
    const {context, width} = fit(canvas, height());
    const all = rows();
    const scale = x();
    all.forEach((row, i) => {
      context.fillStyle = colours.of('--text');
      context.fillText(row.name, 8, TOP + ROW * i + ROW / 2);
    });
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT, height());
    context.clip();
    all.forEach((row, i) => drawRow(context, scale, row, TOP + ROW * i));
    drawAddresses(context, scale);
    context.restore();
    table(all);
  }

  function drawRow(context, scale, row, top) {
    for (let i = 0; i < pieces.length;) {
      let end = i + 1;
      while (end < pieces.length && row.values[end] === row.values[i] && !row.owner && restricted[end] === restricted[i]) end++;
      const left = scale(offsets[i - 1] ?? 0), right = scale(offsets[end - 1]);
      if (right >= LEFT && left <= scale.range()[1]) drawPiece(context, row, i, left, right, top);
      i = end;
    }
  }

  function drawPiece(context, row, i, left, right, top) {
    const value = row.values[i];
    context.fillStyle = row.owner ? (value ? colours.driver(value) : colours.of('--n')) : colours.of_permissions(value);
    context.fillRect(left, top + 3, Math.max(right - left, 0.6), ROW - 6);
    if (restricted[i] && row.owner) hatch(context, left, top + 3, right - left, ROW - 6);
    const text = row.owner ? (value ? driverName(value) : restricted[i] ? 'restricted' : '') : permissions(value);
    if (right - left > text.length * 8 + 8) {
      context.fillStyle = row.owner && value ? '#000' : colours.of('--text');
      context.fillText(text, left + 5, top + ROW / 2);
    }
    context.strokeStyle = colours.of('--back');
    if (right - left > 4) context.strokeRect(left, top + 3, right - left, ROW - 6);
  }

  function hatch(context, left, top, width, height) {
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.strokeStyle = colours.of('--f');
    for (let at = left - height; at < left + width; at += 6) {
      context.beginPath();
      context.moveTo(at, top + height);
      context.lineTo(at + height, top);
      context.stroke();
    }
    context.restore();
  }

  function drawAddresses(context, scale) {
    const top = TOP + ROW * (run.levels.length + 1);
    context.fillStyle = colours.of('--faint');
    let free = LEFT;
    pieces.forEach(({start}, i) => {
      const at = scale(offsets[i - 1] ?? 0);
      if (at < free || at > scale.range()[1] - 60) return;
      context.fillText(hex(start), at, top + 12);
      free = at + 84;
    });
  }

  /** The same in words, as far as anybody reads. */
  function table(all) {
    const body = [];
    all.forEach(row => {
      for (let i = 0; i < pieces.length && body.length < 400;) {
        let end = i + 1;
        while (end < pieces.length && row.values[end] === row.values[i]) end++;
        if (row.values[i]) {
          body.push([row.name, `${hex(pieces[i].start)}..${hex(pieces[end - 1].end)}`,
            row.owner ? driverName(row.values[i]) : permissions(row.values[i])]);
        }
        i = end;
      }
    });
    fillTable('ranges', ['', 'range', 'may, or whose'], body);
    document.getElementById('when').textContent =
      scene.t >= last ? 'after the run' : scene.t <= 0 ? 'before the run' : `at ${time(scene.t)}`;
  }

  const zoom = d3.zoom().scaleExtent([1, 1e4]).on('zoom', ({transform}) => {
    view = transform.rescaleX(d3.scaleLinear([0, sum], [LEFT, Math.max(LEFT + 10, canvas.clientWidth - RIGHT)])).domain();
    scene.changed();
  });

  function arrange() {
    const area = [[LEFT, 0], [Math.max(LEFT + 10, canvas.clientWidth - RIGHT), height()]];
    zoom.extent(area).translateExtent(area);
  }

  function describe(event) {
    const piece = pieces[d3.bisectRight(offsets, x().invert(d3.pointer(event, canvas)[0]))];
    if (!piece) return;
    const i = index.get(piece.start);
    const text = rows().map(row => `${row.name} ${row.owner ? driverName(row.values[i]) : permissions(row.values[i])}`);
    document.getElementById('page').textContent =
      `${hex(piece.start)}..${hex(piece.end)}: ${text.join(', ')}${restricted[i] ? ', restricted' : ''}`;
  }

  arrange();
  d3.select(canvas).call(zoom).on('pointermove', describe).on('keydown', event => {
    if (event.key === '+' || event.key === '=') d3.select(canvas).call(zoom.scaleBy, 2);
    else if (event.key === '-') d3.select(canvas).call(zoom.scaleBy, 0.5);
    else if (event.key === '0') d3.select(canvas).call(zoom.transform, d3.zoomIdentity);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      d3.select(canvas).call(zoom.translateBy, (event.key === 'ArrowLeft' ? 60 : -60) / d3.zoomTransform(canvas).k, 0);
    } else return;
    event.preventDefault();
  });
  addEventListener('resize', () => { arrange(); scene.changed(); });
  scene.onChange(draw);
  return {canvas, rows, pieces};
})();
