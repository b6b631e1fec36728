/** tfjs prints advice about its native backend on first use in Node; Leakscope has its own executors. */
import { enableProdMode } from '@tensorflow/tfjs-core';

enableProdMode();
