import { expect, test } from 'vitest';
import conversation from '../testdata/golden/api-conversation-v1.35.json';
import refusals from '../testdata/golden/refusals-v1.35.json';
import {
  alreadyExists,
  applyConflict,
  badRequest,
  conflict,
  fieldErrorBody,
  forbidden,
  methodNotAllowed,
  notFound,
  type Status,
  success,
  tooManyRequests,
  unknownResource,
  unprocessable,
  unsupportedPatchType,
  untypedError,
} from './status.ts';

const recorded = [...refusals.requests, ...conversation.steps]
  .map(({ answer }) => answer as unknown as Status)
  .filter((answer) => answer?.kind === 'Status');
const CONFIG_MAPS = { group: '', plural: 'configmaps' };
const PODS = { group: '', plural: 'pods' };

test.each<[string, Status]>([
  ['missing object', notFound(PODS, 'nope')],
  ['missing path', unknownResource()],
  ['taken name', alreadyExists(CONFIG_MAPS, 'one')],
  ['stale write', conflict(CONFIG_MAPS, 'one')],
  [
    'second binding',
    conflict({ group: '', plural: 'pods/binding' }, 'p', 'pod p is already assigned to node "talk-node"'),
  ],
  [
    'protected namespace',
    forbidden({ group: '', plural: 'namespaces' }, 'kube-system', 'this namespace may not be deleted'),
  ],
  [
    'ending namespace',
    forbidden(CONFIG_MAPS, 'late', 'unable to create new content in namespace talk because it is being terminated', [
      { reason: 'NamespaceTerminating', message: 'namespace talk is being terminated', field: 'metadata.namespace' },
    ]),
  ],
  ['wrong name', badRequest('the name of the object (b) does not match the name on the URL (a)')],
  ['patch of no known type', unsupportedPatchType()],
  ['patch that cannot be done', unprocessable()],
  ['resourceVersion at create', untypedError('resourceVersion should not be set on objects to be created')],
  [
    'other manager',
    applyConflict('Apply failed with 1 conflict: conflict with "alice": .data.a', [
      { reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.data.a' },
    ]),
  ],
  [
    'disruption budget',
    tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0, [
      { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
    ]),
  ],
  ['accepted binding', success(201)],
])('%s as recorded', (_name, status) => {
  expect(recorded).toContainEqual(status);
});

test('methods that a path does not have', () => {
  expect(methodNotAllowed()).toMatchObject({
    code: 405,
    message: 'the server does not allow this method on the requested resource',
  });
});

test.each([
  [{ type: 'Invalid', value: 70000, detail: 'no' }, 'Invalid value: 70000: no'],
  [{ type: 'Invalid', value: 'a"b' }, 'Invalid value: "a\\"b"'],
  [{ type: 'Invalid', value: { b: 1, a: [true, null] } }, 'Invalid value: {"a":[true,null],"b":1}'],
  [{ type: 'Invalid', value: undefined }, 'Invalid value: null'],
  [{ type: 'Required', detail: 'why' }, 'Required value: why'],
  [{ type: 'TooLong', value: 'x', detail: 'may not be more than 5 bytes' }, 'Too long: may not be more than 5 bytes'],
  [{ type: 'TooMany', value: 7, detail: 'must have at most 5 items' }, 'Too many: 7: must have at most 5 items'],
  [{ type: 'NotFound', value: 'v' }, 'Not found: "v"'],
] as const)('%j reads %s', (error, sentence) => {
  expect(fieldErrorBody({ field: 'f', ...error })).toBe(sentence);
});
