import type { Container, LifecycleHandler, Probe } from '../generated/types.ts';
import { checkPortNumber } from '../names.ts';
import {
  atLeastZero,
  complain,
  type Errors,
  forbidden,
  invalid,
  portNumberOrName,
  required,
  unsupported,
} from './field.ts';

/** Source: pkg/apis/core/validation/validation.go (validateLifecycle, validateLivenessProbe and its like) */
export function validateLifecycleAndProbes(
  errors: Errors,
  at: string,
  container: Container,
  graceSeconds: number,
): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart !== undefined)
    validateHandler(errors, `${at}.lifecycle.postStart`, lifecycle.postStart, graceSeconds);
  if (lifecycle?.preStop !== undefined)
    validateHandler(errors, `${at}.lifecycle.preStop`, lifecycle.preStop, graceSeconds);
  if (livenessProbe !== undefined) validateProbe(errors, `${at}.livenessProbe`, livenessProbe, true);
  if (readinessProbe !== undefined) {
    validateProbe(errors, `${at}.readinessProbe`, readinessProbe, false);
    if (readinessProbe.terminationGracePeriodSeconds !== undefined)
      invalid(
        errors,
        `${at}.readinessProbe.terminationGracePeriodSeconds`,
        readinessProbe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      );
  }
  if (startupProbe !== undefined) validateProbe(errors, `${at}.startupProbe`, startupProbe, true);
}

/** Containers that do not go on for as long as the Pod have none of these. */
export function forbidLifecycleAndProbes(
  errors: Errors,
  at: string,
  container: Container,
  role: 'init' | 'ephemeral',
): void {
  const detail =
    role === 'init'
      ? 'may not be set for init containers without restartPolicy=Always'
      : 'cannot be set for an Ephemeral Container';
  for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    if (container[key] !== undefined) forbidden(errors, `${at}.${key}`, detail);
  if (role === 'init') return;
  if (container.ports !== undefined) forbidden(errors, `${at}.ports`, detail);
  if (container.resources?.limits !== undefined || container.resources?.requests !== undefined)
    forbidden(errors, `${at}.resources`, detail);
}

function validateProbe(errors: Errors, at: string, probe: Probe, onlyOneSuccess: boolean): void {
  validateHandler(errors, at, probe);
  for (const key of PROBE_NUMBERS) atLeastZero(errors, `${at}.${key}`, probe[key]);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    invalid(errors, `${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0');
  if (onlyOneSuccess && probe.successThreshold !== undefined && probe.successThreshold !== 1)
    invalid(errors, `${at}.successThreshold`, probe.successThreshold, 'must be 1');
}

const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateHandler(errors: Errors, at: string, handler: Probe | LifecycleHandler, graceSeconds = 0): void {
  let count = 0;
  const next = (key: string): boolean => {
    if (count++ === 0) return true;
    forbidden(errors, `${at}.${key}`, 'may not specify more than 1 handler type');
    return false;
  };
  const { exec, httpGet, tcpSocket } = handler;
  if (exec !== undefined && next('exec') && (exec.command ?? []).length === 0) required(errors, `${at}.exec.command`);
  if (httpGet !== undefined && next('httpGet')) {
    if (!httpGet.path) required(errors, `${at}.httpGet.path`);
    portNumberOrName(errors, `${at}.httpGet.port`, httpGet.port);
    if (httpGet.scheme !== 'HTTP' && httpGet.scheme !== 'HTTPS')
      unsupported(errors, `${at}.httpGet.scheme`, httpGet.scheme ?? '', ['HTTP', 'HTTPS']);
  }
  if (tcpSocket !== undefined && next('tcpSocket')) portNumberOrName(errors, `${at}.tcpSocket.port`, tcpSocket.port);
  if ('grpc' in handler && handler.grpc !== undefined && next('grpc'))
    complain(errors, `${at}.grpc.port`, handler.grpc.port, checkPortNumber(handler.grpc.port));
  if ('sleep' in handler && handler.sleep !== undefined && next('sleep')) {
    const { seconds } = handler.sleep;
    if (seconds < 0 || seconds > graceSeconds)
      invalid(
        errors,
        `${at}.sleep`,
        seconds,
        `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
      );
  }
  if (count === 0) required(errors, at, 'must specify a handler type');
}
