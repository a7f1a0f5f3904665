import { durationText } from '../../shared/time.ts';
import type { Milestone } from './journey.ts';

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const inWords = (count: number): string => WORDS[count] ?? String(count);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What the guide says. */
export const TEXT = {
  kicker: 'First visit',
  title: 'When a node dies',
  lead: 'Put a small web app on a cluster, then pull a plug, and see who notices.',
  close: 'Hide the guide',
  steps: 'Steps of the guide',
  paused: 'Time stands still. Press Play to go on.',
  hurry: 'Skip to where all is quiet',
  working: 'Watch the dots: each is a message. The line under the diagram says what it means.',
  deploy: 'Deploy a web app',
  cut: (node: string) => `Cut the power of ${node}`,
  predictFirst: 'Make a guess first, if you like:',
  done: 'Done',
  now: 'Now',
  later: 'Later',
  refused: 'That did not work:',
  chapters: {
    running: {
      title: 'A cluster is running',
      text: (controlPlanes: number, workers: number, etcdOnly: number, survivesOne: boolean) => {
        const all = `${capital(inWords(controlPlanes + workers + etcdOnly))} computers.`;
        const stores =
          etcdOnly === 0 ? '' : ` ${capital(inWords(etcdOnly))} more ${etcdOnly === 1 ? 'keeps' : 'keep'} its data.`;
        const run = workers === 1 ? 'The worker runs' : `The ${inWords(workers)} workers run`;
        if (controlPlanes === 0)
          return `${all} ${run} programs. The control plane, which decides, is elsewhere. All of them talk only to its API server, the wide bar in the middle.`;
        return controlPlanes > 1
          ? `${all} ${capital(inWords(controlPlanes))} of them are the control plane: it decides${survivesOne ? ', and goes on when one of them is lost' : ''}.${stores} ${run} programs. All of them talk only to the API servers, the bars in the middle; the nodes do it through a load balancer.`
          : `${all} One of them is the control plane: it decides.${stores} ${run} programs. All of them talk only to the API server, the wide bar in the middle.`;
      },
    },
    deploy: {
      title: 'Deploy a web app',
      text: 'You ask for three copies of a web server and one address in front of them. You do not say where they should run: that is for Kubernetes to find out.',
    },
    cut: {
      title: 'Cut a node’s power',
      text: (node: string, count: number) =>
        `A computer that loses its power says no goodbye: it just falls silent. ${node} runs ${count === 1 ? 'one of your three copies' : `${count} of your three copies`}.`,
    },
    healing: {
      title: 'Who notices, and when?',
      text: 'Nobody tells the cluster. It can only miss the messages that no longer come, and it is patient: a short silence is no reason to move programs.',
    },
    end: {
      title: 'Healed',
      text: 'You asked for three copies once. Everything since then happened because some part compared what you asked for with what is there, and closed the gap. That is all of Kubernetes, many times over.',
    },
  },
  milestones: {
    stored: [
      'Your wish is written down',
      'kubectl sent it to the API server, which keeps it in etcd. Nothing runs yet.',
    ],
    pods: ['Three pods exist on paper', 'Controllers saw the wish and made three pods: one for each copy.'],
    placed: ['Each pod has a node', 'The scheduler chose a worker for each, and wrote the choice down.'],
    ready: [
      'All three run',
      'On the workers the kubelets saw their pods, had the image fetched and the containers started, and reported back.',
    ],
    listed: [
      'One address leads to them',
      'The Service lists the three pods; kube-proxy on every node sends requests for its address to one of them.',
    ],
    cut: ['The machine is dark', 'The API still calls the node Ready: its last report is all that the cluster has.'],
    noticed: [
      'The silence is noticed',
      'No report for 50 seconds: the node controller marks the node’s state as unknown.',
    ],
    unlisted: ['Requests go elsewhere', 'What ran there counts as not ready, so the Service no longer lists it.'],
    evicted: [
      'What ran there is given up',
      'Five minutes of patience are over: it is marked for deletion. It stays Terminating, as the dead node cannot confirm.',
    ],
    replaced: [
      'There are three again on paper',
      'The ReplicaSet counted too few, and made up for it. What is new goes to a live worker.',
    ],
    whole: ['Three run again', 'You asked for three copies, and there are three.'],
  } satisfies Record<Exclude<Milestone, 'running'>, readonly [title: string, text: string]>,
  noWorkerLeft: (node: string) =>
    `No worker is left: what is new stays Pending, as nothing may run on the control plane. It waits for ${node}.`,
  after: (ms: number) => `${durationText(ms)} after the cut`,
  question: 'A worker loses its power. When are its pods replaced?',
  yourGuess: 'Your guess',
  right: 'You were right.',
  wrong: 'Not quite.',
  answers: [
    {
      id: 'at-once',
      text: 'At once: the scheduler moves them.',
      why: 'The scheduler never moves a pod: it only places new ones. And nobody knows yet that the node is gone.',
    },
    {
      id: 'noticed',
      text: 'After about 50 seconds, as soon as the node is found silent.',
      why: 'At that moment the Service stops sending requests there. But the pods are kept for five more minutes, in case the node comes back.',
    },
    {
      id: 'minutes',
      text: 'After about six minutes.',
      why: 'About 50 seconds until the silence counts, then 300 seconds that every pod is willing to wait on an unreachable node.',
    },
    {
      id: 'never',
      text: 'Never: someone has to delete them.',
      why: 'Nobody has to: after its patience is over the pod is deleted for you, and the ReplicaSet makes another.',
    },
  ],
  rightAnswer: 'minutes',
  next: 'What next?',
  powerBack: (node: string) => `Switch ${node} on again`,
  powerBackWhy: 'It comes back empty-handed: what it ran is gone by then.',
  breakMore: 'Break something else',
  breakMoreWhy: 'The scheduler, the API server, a kubelet: each is missed in its own way.',
  tryExample: 'Try a manifest',
  again: 'Start the guide again',
  againWhy: 'With a fresh cluster.',
} as const;
