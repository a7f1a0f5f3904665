/**
 * What the worker loads while it makes its first cluster. Empty here: only the build (scripts/split/) takes out of the
 * engine what a first cluster does not run and puts it here; everywhere else the engine is whole.
 */
export {};
