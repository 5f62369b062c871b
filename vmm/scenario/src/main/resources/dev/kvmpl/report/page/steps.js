// SPDX-License-Identifier: Apache-2.0
// The steps around the chosen moment: a table of all of them would be of tens of thousands of rows.
'use strict';

(() => {
  const AROUND = 12;
  let shown = '';

  function draw() {
    const middle = Math.max(0, scene.position());
    const begin = Math.max(0, Math.min(middle - AROUND, run.steps.length - 2 * AROUND - 1));
    const rows = run.steps.slice(begin, begin + 2 * AROUND + 1);
    const key = `${begin} ${scene.step ? scene.step.index : -1}`;
    if (key === shown) return;
    shown = key;
    const body = fillTable('steps', ['time', 'by', 'step', 'driver', 'what'], rows.map(step =>
      [time(step.t), who(step), run.kinds[step.kind].label, driverCell(step.driver), sentence(step).replace(/^[^:]*: /, '')]),
    i => { scene.choose(begin + i); timeLine.follow(); });
    rows.forEach((step, i) => body.rows[i].classList.toggle('chosen', step === scene.step));
  }

  scene.onChange(draw);
})();
