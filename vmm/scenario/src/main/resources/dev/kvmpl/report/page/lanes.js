// SPDX-License-Identifier: Apache-2.0
// The time line: who runs, the steps, and arrows from step to step where they change lanes.
'use strict';

const timeLine = (() => {
  const canvas = document.getElementById('lanes');
  const LEFT = 110, TOP = 8, LANE = 38, AXIS = 26, RIGHT = 14, DOT = 4.5;
  const byProcessor = d3.groups(run.steps, step => step.processor).map(([, steps]) => steps);
  const turns = makeTurns();
  let whole = null;

  /** From when to when each lane had its processor. */
  function makeTurns() {
    const made = [];
    for (const [processor, rows] of d3.group(run.handOvers, row => row.processor)) {
      rows.forEach((row, i) => {
        const lane = laneOf.get(`${processor} ${row.level}`);
        if (lane !== undefined) made.push({from: row.t, to: i + 1 < rows.length ? rows[i + 1].t : last, lane});
      });
    }
    return made.sort((a, b) => a.from - b.from);
  }

  const y = lane => TOP + LANE * lane + LANE / 2;
  const height = () => TOP + LANE * lanes.length + AXIS;
  const scale = () => d3.scaleLinear([scene.from, scene.to], [LEFT, Math.max(LEFT + 10, canvas.clientWidth - RIGHT)]);

  const zoom = d3.zoom()
    .scaleExtent([1, 1e5])
    .filter(event => !event.ctrlKey || event.type === 'wheel')
    .on('zoom', ({transform}) => {
      const x = transform.rescaleX(whole);
      [scene.from, scene.to] = x.domain();
      scene.changed();
    });

  function arrange() {
    const margin = (last - first) * 0.02 || 1;
    whole = d3.scaleLinear([first - margin, last + margin], [LEFT, Math.max(LEFT + 10, canvas.clientWidth - RIGHT)]);
    const area = [[LEFT, 0], [Math.max(LEFT + 10, canvas.clientWidth - RIGHT), height()]];
    zoom.extent(area).translateExtent(area);
  }

  function draw() {
    const {context, width} = fit(canvas, height());
    const x = scale();
    background(context, width);
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT + DOT, height());
    context.clip();
    drawTurns(context, x);
    drawExits(context, x);
    drawAxis(context, x);
    byProcessor.forEach(steps => drawSteps(context, x, steps));
    drawMoment(context, x);
    context.restore();
  }

  function background(context, width) {
    lanes.forEach((lane, i) => {
      const begins = i === 0 || lanes[i - 1].processor !== lane.processor;
      context.strokeStyle = colours.of('--line');
      context.lineWidth = begins && i > 0 ? 2 : 1;
      context.beginPath();
      context.moveTo(0, TOP + LANE * i);
      context.lineTo(width, TOP + LANE * i);
      context.stroke();
      context.fillStyle = colours.of('--text');
      context.fillText(lane.name, 8, y(i));
      context.fillStyle = colours.of('--faint');
      if (lane.level === VMM && lanes.at(-1).processor > 0) context.fillText(`of processor ${lane.processor}`, 8, y(i) + 13);
    });
  }

  function drawTurns(context, x) {
    context.fillStyle = colours.of('--run');
    let done = -1;
    for (const turn of turns) {
      if (turn.from > scene.to) break;
      if (turn.to < scene.from) continue;
      const left = x(turn.from), right = Math.max(x(turn.to), left + 0.5);
      if (right - left < 1 && Math.floor(left) * 64 + turn.lane === done) continue;
      done = Math.floor(left) * 64 + turn.lane;
      context.fillRect(left, y(turn.lane) - 12, right - left, 24);
    }
  }

  /** A tick below the steps for each exit. */
  function drawExits(context, x) {
    context.fillStyle = colours.of('--faint');
    const drawn = new Array(lanes.length).fill(-Infinity);
    for (let i = Math.max(0, lastAt(run.exits, scene.from)); i < run.exits.length && run.exits[i].t <= scene.to; i++) {
      const {lane, t} = run.exits[i];
      const at = x(t);
      if (at - drawn[lane] < 1) continue;
      drawn[lane] = at;
      context.fillRect(at - 0.5, y(lane) + 12, 1, 5);
    }
  }

  function drawAxis(context, x) {
    const bottom = TOP + LANE * lanes.length;
    context.strokeStyle = colours.of('--line');
    context.fillStyle = colours.of('--faint');
    context.lineWidth = 1;
    context.textAlign = 'center';
    for (const tick of x.ticks(Math.max(2, Math.floor((x.range()[1] - LEFT) / 120)))) {
      context.beginPath();
      context.moveTo(x(tick), TOP);
      context.lineTo(x(tick), bottom + 4);
      context.stroke();
      context.fillText(time(tick), x(tick), bottom + 15);
    }
    context.textAlign = 'left';
  }

  /** Of steps that fall on one pixel of a lane one is drawn. */
  function drawSteps(context, x, steps) {
    const begin = Math.max(0, lastAt(steps, scene.from));
    const end = Math.min(steps.length, lastAt(steps, scene.to) + 2);
    const near = end - begin < 1500;
    const drawn = new Array(lanes.length).fill(-Infinity);
    let before = null;
    context.lineWidth = 1.2;
    for (let i = begin; i < end; i++) {
      const step = steps[i];
      const at = x(step.t);
      if (before && before.lane !== step.lane && (near || at - drawn[step.lane] >= 1)) {
        arrow(context, x(before.t), y(before.lane), at, y(step.lane), colours.driver(step.driver), near);
      }
      before = step;
      if (at - drawn[step.lane] < 0.7) continue;
      drawn[step.lane] = at;
      dot(context, at, step);
      if (near) label(context, x, steps, i, at);
    }
  }

  function dot(context, at, step) {
    context.fillStyle = run.kinds[step.kind].label === 'ERROR' ? colours.of('--bad') : colours.driver(step.driver);
    context.beginPath();
    context.arc(at, y(step.lane), step === scene.step ? DOT + 3 : DOT, 0, 2 * Math.PI);
    context.fill();
    if (step === scene.step) {
      context.strokeStyle = colours.of('--mark');
      context.stroke();
    }
  }

  function label(context, x, steps, i, at) {
    const text = run.kinds[steps[i].kind].label;
    const next = steps.slice(i + 1, i + 8).find(step => step.lane === steps[i].lane);
    if ((next ? x(next.t) : Infinity) - at > text.length * 7.5 + 12) {
      context.fillStyle = colours.of('--text');
      context.fillText(text, at + DOT + 3, y(steps[i].lane) - 9);
    }
  }

  function arrow(context, x1, y1, x2, y2, colour, head) {
    context.strokeStyle = context.fillStyle = colour;
    context.globalAlpha = 0.75;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    if (head) {
      const angle = Math.atan2(y2 - y1, x2 - x1);
      const tipX = x2 - DOT * Math.cos(angle), tipY = y2 - DOT * Math.sin(angle);
      context.beginPath();
      context.moveTo(tipX, tipY);
      context.lineTo(tipX - 8 * Math.cos(angle - 0.4), tipY - 8 * Math.sin(angle - 0.4));
      context.lineTo(tipX - 8 * Math.cos(angle + 0.4), tipY - 8 * Math.sin(angle + 0.4));
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function drawMoment(context, x) {
    context.strokeStyle = colours.of('--mark');
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(x(scene.t), TOP);
    context.lineTo(x(scene.t), TOP + LANE * lanes.length);
    context.stroke();
    context.setLineDash([]);
  }

  /** The step under the pointer. */
  function near(event) {
    const [px, py] = d3.pointer(event, canvas);
    const t = scale().invert(px);
    const x = scale();
    const lane = Math.floor((py - TOP) / LANE);
    const middle = lastAt(run.steps, t);
    let best = null;
    for (let i = Math.max(0, middle - 300); i < Math.min(run.steps.length, middle + 300); i++) {
      const step = run.steps[i];
      const distance = Math.abs(x(step.t) - px);
      if (step.lane === lane && distance < 9 && (!best || distance < Math.abs(x(best.t) - px))) best = step;
    }
    return best;
  }

  function show(factor) { d3.select(canvas).call(zoom.scaleBy, factor); }
  function all() { d3.select(canvas).call(zoom.transform, d3.zoomIdentity); }
  function pan(part) {
    const k = d3.zoomTransform(canvas).k;
    d3.select(canvas).call(zoom.translateBy, -part * (whole.range()[1] - whole.range()[0]) / k, 0);
  }

  /** Brings the moment into view. */
  function follow() {
    if (scene.t < scene.from || scene.t > scene.to) d3.select(canvas).call(zoom.translateTo, whole(scene.t), 0);
  }

  arrange();
  d3.select(canvas).call(zoom).on('dblclick.zoom', null)
    .on('pointermove', event => {
      const step = near(event);
      if (step) tip.show(event, `${time(step.t)}  ${who(step)}  ${driverName(step.driver)}\n${sentence(step)}`);
      else tip.hide();
    })
    .on('pointerleave', () => tip.hide())
    .on('click', event => {
      const step = near(event);
      if (step) scene.choose(step.index);
      else scene.moveTo(scale().invert(d3.pointer(event, canvas)[0]));
    });
  scene.onChange(draw);
  addEventListener('resize', () => { arrange(); scene.changed(); });
  return {canvas, show, all, pan, follow};
})();
