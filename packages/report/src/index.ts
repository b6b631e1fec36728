/** The page, the tables and the exports of one or several runs. */
export { comparisonText } from './comparison/text.ts';
export type { RunReport } from './run/model.ts';
export { resultText } from './summary-table.ts';
export { type WrittenReport, writeReport } from './write.ts';
