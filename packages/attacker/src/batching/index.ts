/** How candidates and updates share a graph, and how many of them do. */
export { updatesIn } from './graph-sizes.ts';
export { measuredSize, updatesTogether } from './shares.ts';
