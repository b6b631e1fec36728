/** What an attacker reads off an update before any search: its labels, and the defence that it went through. */
export { type DefenseEvidence, inferDefense } from './defense.ts';
export { inferLabels, type LabelEvidence, rowSums } from './labels.ts';
