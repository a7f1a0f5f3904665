/**
 * What the worker loads while it makes its first cluster. Empty here: only the build (scripts/late-modules.ts) takes the
 * modules of scripts/late-list.ts out of the engine and puts them here; everywhere else the engine is whole.
 */
export {};
