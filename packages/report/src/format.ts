/** Numbers as people read them; a dash where there is none. */

const NONE = '–';

export function percent(value: number | null, digits = 0): string {
  return value === null ? NONE : `${minus((value * 100).toFixed(digits))} %`;
}

export function fixed(value: number | null, digits: number): string {
  return value === null ? NONE : minus(value.toFixed(digits));
}

/** p-values: two digits, and as a power of ten below 0.001, where the exponent is what matters. */
export function pValue(value: number | null): string {
  if (value === null) return NONE;
  if (value >= 0.001) return value.toPrecision(2);
  if (value === 0) return '< 1e-300';
  const [mantissa, exponent] = value.toExponential(1).split('e');
  return `${mantissa}e${exponent}`;
}

export function count(value: number | null): string {
  return value === null ? NONE : value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** `-0.00` is 0, and a minus is a minus. */
function minus(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '−');
}
