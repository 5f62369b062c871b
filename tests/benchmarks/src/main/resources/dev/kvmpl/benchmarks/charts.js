// SPDX-License-Identifier: Apache-2.0
// Draws the page from the JSON in it. Every chart is made anew when the colours change: light, dark, printed.
'use strict';
window.addEventListener('error', event => document.body.setAttribute('data-error', event.message));

const runs = JSON.parse(document.getElementById('data').textContent);
const here = runs[0].results;
const charts = [];
const narrow = () => window.innerWidth < 600;

const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const palette = () => ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'].map(colour);
const us = value => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const variant = result => Object.entries(result.parameters).filter(([key]) => key !== 'pages')
    .map(([key, value]) => value === 'true' ? key : value === 'false' ? 'not ' + key : value).join(', ');
const label = result => result.name + (variant(result) ? ' (' + variant(result) + ')' : '');
const named = (...names) => here.filter(result => names.includes(result.name));

function element(tag, text, parent) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

/** A section with a chart; `option` gives ECharts' option for the colours of the moment. */
function section(title, text, height, option) {
  const parent = element('section', '', document.getElementById('sections'));
  element('h2', title, parent);
  element('p', text, parent);
  const box = element('div', '', parent);
  box.className = 'chart';
  box.style.height = height + 'px';
  charts.push({box, option, chart: null});
}

const axis = more => ({
  nameTextStyle: {color: colour('soft')},
  axisLabel: {color: colour('soft'), ...more.axisLabel},
  axisLine: {lineStyle: {color: colour('line')}},
  splitLine: {lineStyle: {color: colour('line')}},
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'axisLabel')),
});

const common = () => ({
  animation: false,
  color: palette(),
  textStyle: {fontFamily: 'system-ui, sans-serif'},
  tooltip: {confine: true, backgroundColor: colour('card'), borderColor: colour('line'),
    textStyle: {color: colour('ink')}},
  legend: {type: 'scroll', top: 0, textStyle: {color: colour('ink')}, pageTextStyle: {color: colour('ink')}},
});

const names = results => axis({
  type: 'category', inverse: true, data: results.map(label),
  axisLabel: {color: colour('ink'), width: narrow() ? 110 : 290, overflow: 'break', fontSize: narrow() ? 10 : 12,
    lineHeight: narrow() ? 12 : 14},
});

const grid = more => ({left: 8, right: narrow() ? 24 : 48, top: 36, bottom: 30, containLabel: true, ...more});

/** Medians as points, with a line from the first to the 99th percentile. */
function spans(results) {
  const line = (params, api) => {
    const low = api.coord([api.value(0), api.value(2)]), high = api.coord([api.value(1), api.value(2)]);
    return {type: 'line', shape: {x1: low[0], y1: low[1], x2: high[0], y2: high[1]},
      style: {stroke: colour('c1'), lineWidth: 5, opacity: 0.35, lineCap: 'round'}};
  };
  return () => ({
    ...common(), legend: {show: false}, grid: grid({top: 20}),
    xAxis: axis({type: 'log', name: 'us', nameLocation: 'middle', nameGap: 22,
      axisLabel: {formatter: value => String(value)}}),
    yAxis: {...names(results), splitLine: {show: true, lineStyle: {color: colour('line')}}},
    series: [
      {type: 'custom', name: '1 % to 99 %', renderItem: line, silent: true, encode: {x: [0, 1], y: 2},
        data: results.map((result, index) => [result.p1, result.p99, index])},
      {type: 'scatter', name: 'median', symbolSize: 11, data: results.map((result, index) => [result.median, index]),
        label: {show: true, position: 'top', distance: 2, color: colour('ink'), fontSize: 11,
          formatter: point => us(point.value[0])},
        tooltip: {formatter: point => label(results[point.dataIndex]) + '<br>median ' + us(point.value[0]) + ' us<br>99 % '
          + us(results[point.dataIndex].p99) + ' us'}},
    ],
  });
}

/** What becomes of a benchmark as a parameter grows: a line for each of the other parameters' values. */
function growth(results, parameter) {
  const rest = result => Object.entries(result.parameters).filter(([key]) => key !== parameter)
      .map(([key, value]) => value + ' ' + key).join(', ');
  return () => ({
    ...common(), tooltip: {...common().tooltip, trigger: 'axis'}, grid: grid({top: 44}),
    xAxis: axis({type: 'log', name: parameter, nameLocation: 'middle', nameGap: 22,
      axisLabel: {formatter: value => String(value)}}),
    yAxis: axis({type: 'value', name: 'us', min: 0}),
    series: [...new Set(results.map(rest))].map(name => ({type: 'line', name, symbolSize: 8,
      data: results.filter(result => rest(result) === name)
          .map(result => [Number(result.parameters[parameter]), result.median]),
      tooltip: {valueFormatter: value => us(value) + ' us'}})),
  });
}

/** How many operations took at least that long. */
function tails(results) {
  return () => ({
    ...common(), tooltip: {...common().tooltip, trigger: 'axis'}, grid: grid({top: 44}),
    xAxis: axis({type: 'log', min: 1, max: 10000, name: 'one in', nameLocation: 'middle', nameGap: 24,
      axisLabel: {formatter: value => value === 1 ? 'all' : '1/' + value}}),
    yAxis: axis({type: 'log', name: 'us', axisLabel: {formatter: value => String(value)}}),
    series: results.map((result, index) => ({type: 'line', name: label(result), showSymbol: false, smooth: false,
      lineStyle: {width: 2, type: ['solid', 'dashed', 'dotted'][Math.floor(index / 6)] ?? 'solid'},
      data: result.tail, tooltip: {valueFormatter: value => us(value) + ' us'}})),
  });
}

/** The parts of round trips, one on the other. */
function stack(results) {
  const parts = [...new Set(results.flatMap(result => Object.keys(result.parts)))].sort();
  return () => ({
    ...common(), tooltip: {...common().tooltip, trigger: 'axis', axisPointer: {type: 'shadow'}},
    grid: grid({top: narrow() ? 60 : 44}),
    legend: {...common().legend, type: 'plain', itemGap: 8,
      textStyle: {color: colour('ink'), fontSize: narrow() ? 10 : 12}, formatter: name => name.slice(2)},
    xAxis: axis({type: 'value', name: 'us', nameLocation: 'middle', nameGap: 22}),
    yAxis: names(results),
    series: parts.map(part => ({type: 'bar', stack: 'trip', name: part, barMaxWidth: 26,
      data: results.map(result => (result.parts[part] ?? 0) / 1000),
      tooltip: {valueFormatter: value => us(value) + ' us'}})),
  });
}

/** Java by C: each round a point, the median a bar from 1. */
function ratios(results) {
  const rows = results.flatMap(result => Object.entries(result.ratios)
      .map(([program, values]) => ({name: label(result) + ' / ' + program, values})));
  const middle = values => values[Math.floor(values.length / 2)];
  return () => ({
    ...common(), grid: grid({top: 36}),
    xAxis: axis({type: 'log', name: 'Java/C', nameLocation: 'middle', nameGap: 22, min: value => Math.min(0.5, value.min),
      axisLabel: {formatter: value => String(value)}}),
    yAxis: {...names([]), data: rows.map(row => row.name)},
    series: [
      {type: 'scatter', name: 'one round', symbolSize: 7, itemStyle: {opacity: 0.6},
        data: rows.flatMap((row, index) => row.values.map(value => [value, index])),
        tooltip: {valueFormatter: value => value}},
      {type: 'scatter', name: 'median', symbol: 'diamond', symbolSize: 14,
        data: rows.map((row, index) => [middle(row.values), index]),
        label: {show: true, position: 'top', color: colour('ink'), formatter: point => point.value[0].toFixed(3)},
        markLine: {symbol: 'none', silent: true, data: [{xAxis: 1}], label: {show: false},
          lineStyle: {color: colour('soft'), type: 'dashed'}}},
    ],
  });
}

/** The same benchmarks of several stored results, side by side. */
function sideBySide() {
  const common_ = here.filter(result => runs.every(run => run.results.some(other => label(other) === label(result))));
  return [common_, () => ({
    ...common(), tooltip: {...common().tooltip, trigger: 'axis', axisPointer: {type: 'shadow'}}, grid: grid({top: 44}),
    xAxis: axis({type: 'log', name: 'us', nameLocation: 'middle', nameGap: 22, axisLabel: {formatter: value => String(value)}}),
    yAxis: names(common_),
    series: runs.map(run => ({type: 'bar', name: run.title, barMaxWidth: 12,
      data: common_.map(result => run.results.find(other => label(other) === label(result)).median),
      tooltip: {valueFormatter: value => us(value) + ' us'}})),
  })];
}

const rowHeight = count => 70 + (narrow() ? 46 : 34) * count;
const exits = here.filter(result => result.name.endsWith('Exit'));
const steps = named('SlotFlip', 'MprotectFlip', 'HandOver', 'LevelSwitch', 'SvsmCall', 'RmpAdjust', 'Validation',
    'GrantedWrite').filter(result => result.median > 0);
const trips = named('RoundTrip', 'FlightRecording').filter(result => Object.keys(result.parts).length);
const compared = here.filter(result => Object.keys(result.ratios).length);

if (exits.length) {
  section('One exit of each kind', 'KVM_RUN to an exit, over and over. The point is the median, the line goes from the '
      + 'fastest hundredth to the slowest.', rowHeight(exits.length), spans(exits));
}
if (steps.length) {
  section('What a round trip consists of', 'Changes of permissions, hand-over between threads, and what VMPL0 is asked '
      + 'for, each alone.', rowHeight(steps.length), spans(steps));
}
if (trips.length) {
  section('Where the time of a round trip goes', 'From one return to the driver to the next, as the hypervisor sees '
      + 'it: medians of the parts, by mechanism.', rowHeight(trips.length) + 20, stack(trips));
}
const strategies = named('GrantStrategy');
if (strategies.length) {
  section('Strategies', 'What a page costs that is the driver\'s own and is stored to once or twice, one after the other, by '
      + 'the scenario\'s "grant": opened at once, at the second store, or with its neighbours.',
      rowHeight(strategies.length), spans(strategies));
}
const grown = named('Growth');
if (grown.length) {
  section('Growth', 'The last 64 round trips of a machine in which so many pages are granted already, with so many '
      + 'restricted ranges, hidden pages and processors: medians.', 340, growth(grown, 'granted'));
}
if (compared.length) {
  section('Java beside C', 'Rounds in turn in one go. "same calls" makes the same system calls with the same guests; '
      + '"best" makes the fewest that a VMM can, with a validator of 14 instructions.',
      60 + 44 * compared.reduce((sum, result) => sum + Object.keys(result.ratios).length, 0), ratios(compared));
}
if (trips.length) {
  section('The slowest round trips', 'How long one in so many takes at least: the tail that a median hides.', 380,
      tails(trips.slice(0, 12)));
}
if (exits.length) {
  section('The slowest exits', 'The same of exits.', 380, tails(exits));
}
if (runs.length > 1) {
  const [both, option] = sideBySide();
  if (both.length) {
    section('Beside other results', 'Medians of what all of them have.', 80 + both.length * (14 + 14 * runs.length),
        option);
  }
}

function draw() {
  for (const entry of charts) {
    entry.chart?.dispose();
    entry.chart = echarts.init(entry.box, null, {renderer: 'svg'});
    entry.chart.setOption(entry.option());
  }
  document.body.setAttribute('data-charts', charts.length);
}

function facts() {
  const parent = document.getElementById('hosts');
  for (const run of runs) {
    if (runs.length > 1) element('h3', run.title, parent);
    const list = element('dl', '', parent);
    for (const [key, value] of Object.entries(run.host)) {
      element('dt', key, list);
      element('dd', value, list);
    }
  }
  const host = runs[0].host;
  document.getElementById('summary').textContent =
      [host.backend, host.cpu, 'Linux ' + host.kernel, host.jdk].filter(Boolean).join(', ') + '.';
}

function table() {
  const head = element('tr', '', document.getElementById('table'));
  ['', 'median', '99 %', '99.9 %', 'B/op', 'Java/C'].forEach(title => element('th', title, head));
  for (const result of here) {
    const row = element('tr', '', document.getElementById('table'));
    const ratio = Object.entries(result.ratios).map(([program, values]) =>
      `${program} ${values[Math.floor(values.length / 2)].toFixed(3)} (${values[0].toFixed(3)}–`
        + `${values[values.length - 1].toFixed(3)})`).join(', ');
    [label(result), us(result.median), us(result.p99), us(result.p999),
      result.allocated === null ? '' : result.allocated.toFixed(1), ratio]
        .forEach(text => element('td', text, row));
  }
  const left = Object.entries(runs[0].notHere);
  if (left.length) {
    const parent = document.getElementById('left-out');
    element('h2', 'Not on this host', parent);
    left.forEach(([name, why]) => element('p', name + ': ' + why + '.', parent));
  }
}

facts();
table();
draw();
window.addEventListener('resize', draw);
window.addEventListener('beforeprint', draw);
window.addEventListener('afterprint', draw);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
