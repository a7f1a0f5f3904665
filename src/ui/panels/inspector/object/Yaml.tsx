import { useObject } from '../../../store/selectors.ts';
import { TEXT } from '../messages.ts';
import { Code } from '../parts.tsx';
import { toYaml } from '../yaml.ts';

/** The object as `kubectl get -o yaml` prints it: without managedFields. */
export function Yaml({ objectKey }: { readonly objectKey: string }) {
  const object = useObject(objectKey);
  if (object === undefined) return null;
  const { managedFields: _, ...metadata } = object.metadata as typeof object.metadata & { managedFields?: unknown };
  return <Code label={TEXT.yaml} text={toYaml({ ...object, metadata })} />;
}
