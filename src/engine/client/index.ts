export * from './client.ts';
export * from './events.ts';
export * from './informer.ts';
export * from './leader-election.ts';
export * from './limiter.ts';
export * from './messages.ts';
export type * from './state.ts';
export * from './workqueue.ts';
