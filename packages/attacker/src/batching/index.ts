/** How candidates and updates share a graph, and how many of them do. */
export { cohortSizes, measuredPopulation } from './measured-population.ts';
export { updatesIn } from './populations.ts';
