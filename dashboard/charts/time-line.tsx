import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  label: string;
  /** The name of a colour token. */
  tone: string;
  values: readonly (number | null)[];
  filled?: boolean;
}

interface TimeLineProps {
  /** Seconds since 1970, one per value. */
  at: readonly number[];
  lines: readonly Line[];
  labelOf(value: number): string;
}

const height = 150;

/** Lines over time, drawn on a canvas. What it says is said in words beside it, for those who do not see it. */
export function TimeLine({ at, lines, labelOf }: TimeLineProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [at, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
  const shape = lines.map(({ label, tone, filled }) => `${label} ${tone} ${filled}`).join('|');

  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines are another chart, other values are not
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, lines, labelOf), data, element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(data));
  return <div ref={box} className="time-line" aria-hidden="true" />;
}

/** A token as the canvas takes it, in the colour scheme that is shown now. */
function colorOf(element: HTMLElement, token: string): string {
  const probe = element.appendChild(document.createElement('span'));
  probe.style.color = `var(--${token})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function optionsOf(element: HTMLElement, lines: readonly Line[], labelOf: TimeLineProps['labelOf']): uPlot.Options {
  const muted = colorOf(element, 'muted');
  const line = colorOf(element, 'line');
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.15)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 30, space: 70, values: '{HH}:{mm}' },
      { ...axis, size: 56, space: 34, values: (_plot, values) => values.map(labelOf) },
    ],
    series: [
      {},
      ...lines.map(({ label, tone, filled }) => {
        const stroke = colorOf(element, tone);
        return {
          label,
          stroke,
          width: 2,
          points: { show: false },
          spanGaps: false,
          ...(filled && { fill: stroke.replace(/^rgb\((.*)\)$/, 'rgb($1 / 0.12)').replaceAll(',', '') }),
        };
      }),
    ],
  };
}
