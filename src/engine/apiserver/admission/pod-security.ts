import type { Plugin } from './index.ts';

export const podSecurity: Plugin = (_handling, _verb, object) => ({ object });
