// SPDX-License-Identifier: Apache-2.0
// Buttons, keys and the slider.
'use strict';

(() => {
  const slider = document.getElementById('slider');
  const by = id => document.getElementById(id);
  const goTo = action => () => { action(); timeLine.follow(); };
  const actions = {
    previous: goTo(() => scene.choose(scene.position() - (scene.step ? 1 : 0))),
    next: goTo(() => scene.choose(scene.position() + 1)),
    'previous-verdict': goTo(() => scene.chooseVerdict(-1)),
    'next-verdict': goTo(() => scene.chooseVerdict(1)),
    closer: () => timeLine.show(1.6),
    wider: () => timeLine.show(1 / 1.6),
    all: () => timeLine.all(),
    before: goTo(() => scene.moveTo(0)),
    after: goTo(() => scene.moveTo(last)),
  };
  Object.entries(actions).forEach(([id, action]) => by(id).addEventListener('click', action));

  const keys = {
    ArrowLeft: actions.previous, ArrowRight: actions.next, ArrowUp: actions['previous-verdict'],
    ArrowDown: actions['next-verdict'], '+': actions.closer, '=': actions.closer, '-': actions.wider, 0: actions.all,
    Home: goTo(() => scene.choose(0)), End: goTo(() => scene.choose(run.steps.length - 1)),
  };
  timeLine.canvas.addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = event.shiftKey && {ArrowLeft: () => timeLine.pan(-0.2), ArrowRight: () => timeLine.pan(0.2)}[event.key];
    const action = move || keys[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  });

  const toTime = d3.scaleLinear([0, 1], [Math.max(0, first - (last - first) * 0.02), last]);
  slider.addEventListener('input', () => scene.moveTo(Number(slider.value) === 0 ? 0 : toTime(Number(slider.value))));

  by('theme').addEventListener('click', () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    scene.changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => scene.changed());

  scene.onChange(() => {
    slider.value = toTime.invert(scene.t);
    by('now').textContent = time(scene.t);
    const operation = scene.chosenOperation();
    by('detail').textContent = scene.step
      ? `${time(scene.step.t)}, ${who(scene.step)}, ${driverName(scene.step.driver)}: ${sentence(scene.step)}`
      : operation
        ? `${time(operation.t)}: ${driverName(operation.driver)} ${operation.access} of ${operation.length} bytes at ` +
          `${operation.gpa}: ${operation.verdict}${operation.code ? ` ${operation.code}` : ''}` +
          `${operation.source ? `, ${operation.source} in ${operation.callee}` : ''}`
        : '';
  });
  scene.changed();
})();
