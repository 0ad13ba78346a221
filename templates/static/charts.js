// Runs on the server, inside grants/shell/charts.py: one chart's description in, its SVG out. No page loads this.
/* global echarts */
function setTimeout() { return 0; }
function clearTimeout() {}

// Widths as Be Vietnam Pro sets them, in em; there is no browser here to measure with.
function measureText(text, font) {
  const size = parseFloat((/([\d.]+)px/.exec(font) || [0, 13])[1]);
  let em = 0;
  for (const letter of (text || "").normalize("NFD").replace(/[\u0300-\u036f]/g, "")) {
    em += /[ijl.,:;'|!]/.test(letter) ? 0.27 : /[ frt()\-·]/.test(letter) ? 0.35 : /[mwMW%—]/.test(letter) ? 0.88 : /[A-ZĐ]/.test(letter) ? 0.69 : 0.585;
  }
  return { width: em * size };
}

function draw(described, width, height) {
  echarts.setPlatformAPI({ measureText });
  const { option, point } = JSON.parse(described);
  // 12.5 → "12,5": the axes and labels write numbers as the reader's language does.
  const number = (value) => String(Math.round(value * 100) / 100).replace(".", point);
  for (const axis of [option.xAxis, option.yAxis]) if (axis && axis.type === "value") axis.axisLabel.formatter = number;
  for (const series of option.series) if (series.label && series.label.numbers) series.label.formatter = (at) => number(at.value);
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return JSON.stringify(svg); // a flat string: the engine's binding cannot hand over the rope that svg is
}
