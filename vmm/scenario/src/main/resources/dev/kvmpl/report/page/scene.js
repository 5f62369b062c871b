// SPDX-License-Identifier: Apache-2.0
// What is being looked at: a moment, a step, a part of the time line. Whoever draws is told when that changes.
'use strict';

const scene = {
  t: last,
  step: null,
  from: first - (last - first) * 0.02,
  to: last + (last - first) * 0.02,
  listeners: [],
  scheduled: false,

  onChange(listener) { this.listeners.push(listener); },

  /** Draws once a frame, however often something changed. */
  changed() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.listeners.forEach(listener => listener());
    });
  },

  moveTo(t) {
    this.t = Math.min(Math.max(t, 0), last);
    this.step = null;
    this.changed();
  },

  choose(index) {
    if (!run.steps.length) return;
    this.step = run.steps[Math.min(Math.max(index, 0), run.steps.length - 1)];
    this.t = this.step.t;
    this.changed();
  },

  /** The step from which the next and the previous one are counted. */
  position() { return this.step ? this.step.index : lastAt(run.steps, this.t); },

  /** The next verdict after the moment, or with -1 the one before. */
  chooseVerdict(direction) {
    const timed = run.operations.filter(operation => operation.t >= 0).sort((a, b) => a.t - b.t);
    const found = direction > 0 ? timed.find(one => one.t > this.t) : timed.findLast(one => one.t < this.t);
    if (found) this.moveTo(found.t);
  },

  chosenOperation() { return run.operations.find(operation => operation.t === this.t); },
};

/** Colours from the page's style, which follow light and dark. */
const colours = {
  driver(number) { return number ? d3.schemeTableau10[(number - 1) % 10] : this.of('--faint'); },
  of(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); },
  of_permissions(may) { return this.of(may & 2 ? '--w' : may & 12 ? '--x' : may & 1 ? '--r' : '--n'); },
};

/** A canvas as wide as its place and `height` high, sharp on every screen. */
function fit(canvas, height) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  return {context, width};
}

const tip = {
  element: document.getElementById('tip'),
  show(event, text) {
    this.element.textContent = text;
    this.element.hidden = false;
    const {width, height} = this.element.getBoundingClientRect();
    this.element.style.left = `${Math.min(event.clientX + 12, innerWidth - width - 4)}px`;
    this.element.style.top = `${Math.min(event.clientY + 14, innerHeight - height - 4)}px`;
  },
  hide() { this.element.hidden = true; },
};
