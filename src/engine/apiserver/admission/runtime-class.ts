import type { Pod } from '../../api/generated/types.ts';
import { forbidden } from '../../api/status.ts';
import { spokenName } from '../server.ts';
import type { Plugin } from './plugin.ts';

/**
 * Runtime classes are not served, so none is ever found.
 * Source: plugin/pkg/admission/runtimeclass/admission.go
 */
export const runtimeClass: Plugin = ({ info }, verb, object) => {
  if (object.kind !== 'Pod' || verb !== 'create' || info.subresource !== '') return { object };
  const { runtimeClassName: name } = (object as Pod).spec;
  if (!name) return { object };
  return { status: forbidden(info.resource, spokenName(object), `pod rejected: RuntimeClass "${name}" not found`) };
};
