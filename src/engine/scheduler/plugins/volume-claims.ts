import type { Pod } from '../../api/generated/types.ts';
import type { Plugin } from '../framework.ts';

/**
 * Persistent volume claims are not served, so none is ever found: a pod that names one waits, as it does upstream until
 * somebody makes the claim.
 * Source: pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go (PreFilter)
 */
export const volumeRestrictions = (): Plugin =>
  waitsFor('VolumeRestrictions', ({ spec }) => {
    const claim = spec.volumes?.find((volume) => volume.persistentVolumeClaim)?.persistentVolumeClaim;
    return claim && `persistentvolumeclaim "${claim.claimName}" not found`;
  });

/**
 * The claim of a generic ephemeral volume, which a controller would make, is never found either.
 * Source: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go (podHasPVCs)
 */
export const volumeBinding = (): Plugin =>
  waitsFor('VolumeBinding', ({ metadata, spec }) => {
    const volume = spec.volumes?.find(({ ephemeral }) => ephemeral);
    const claim = volume && `${metadata.name}-${volume.name}`;
    return claim && `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claim}"`;
  });

function waitsFor(name: string, missing: (pod: Pod) => string | undefined): Plugin {
  return {
    name,
    preFilter: ({ pod }) => {
      const reason = missing(pod);
      return reason === undefined ? undefined : { status: { plugin: name, reasons: [reason], isResolvable: false } };
    },
    hint: () => false,
  };
}
