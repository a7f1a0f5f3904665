import type { Plugin } from '../framework.ts';

/**
 * Resource claims are not modelled, so no device ever scores; upstream runs this score on every pod all the same.
 * Source: pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go
 */
export const dynamicResources = (): Plugin => ({
  name: 'DynamicResources',
  score: (_cycle, { count }, out) => {
    out.fill(0, 0, count);
  },
});
