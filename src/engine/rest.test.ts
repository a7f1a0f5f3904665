import { expect, it } from 'vitest';
import { callOf } from './rest.ts';

it('an address is split at its first question mark, and each pair at its first equals sign', () => {
  const path = '/api/v1/pods?labelSelector=app=web,a!=b&limit=5&limit=6&watch&command=ls+-l%20%2F';
  expect(callOf({ method: 'get', path, query: { limit: '7' } })).toMatchObject({
    method: 'GET',
    path: '/api/v1/pods',
    query: { labelSelector: 'app=web,a!=b', limit: '7', watch: '', command: 'ls -l /' },
  });
  expect(callOf({ method: 'GET', path })).toMatchObject({ query: { limit: '5' } });
});

it('a content type loses its parameters', () => {
  const headers = { 'Content-Type': 'application/merge-patch+json; charset=utf-8', ACCEPT: 'application/json' };
  expect(callOf({ method: 'PATCH', path: '/', headers })).toMatchObject({
    contentType: 'application/merge-patch+json',
    accept: 'application/json',
  });
});

it.each([
  ['/api/v1/pods?limit=%ZZ', 'query parameter "limit": invalid URL escape "%ZZ"'],
  ['/api/v1/pods?%=1', 'query parameter "%": invalid URL escape "%"'],
  ['/api/v1/pods?a=1&continue=x%4', 'query parameter "continue": invalid URL escape "%4"'],
  ['/api/v1/namespaces/%GG/pods', 'path: invalid URL escape "%GG"'],
  ['/api/v1/pods?labelSelector=%FF', 'query parameter "labelSelector": the escaped bytes are no UTF-8'],
])('%s cannot be read', (path, message) => {
  expect(callOf({ method: 'GET', path })).toMatchObject({ kind: 'Status', code: 400, reason: 'BadRequest', message });
});
