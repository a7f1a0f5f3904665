export * from './client.ts';
export * from './events.ts';
export * from './informer.ts';
export * from './leader-election.ts';
export * from './messages.ts';
export * from './workqueue.ts';
