/** What every victim model and generator must do, built in or a user's own. */
export { classifierConformance } from './conformance/classifier.ts';
export { generatorConformance } from './conformance/generator.ts';
export { kit } from './kit.ts';
