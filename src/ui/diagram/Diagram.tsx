import { ReactFlow, ReactFlowProvider, ViewportPortal } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { lazy, Suspense, useMemo, useRef } from 'react';
import { TEXT as SHELL } from '../app/messages.ts';
import { useIsDrawing } from '../faults/drawing.ts';
import { mirror } from '../store/mirror.ts';
import { useIsReady, useMirror, usePreferences } from '../store/selectors.ts';
import { select } from '../store/view.ts';
import { Controls } from './Controls.tsx';
import { DrawnContext } from './context.ts';
import styles from './Diagram.module.css';
import { EdgeLayer } from './edges/EdgeLayer.tsx';
import { FaultLayer } from './FaultLayer.tsx';
import { flowNodes } from './graph.ts';
import type { Plan } from './layout.ts';
import { useLod } from './lod.ts';
import { MessageLayer } from './messages/MessageLayer.tsx';
import { TEXT } from './messages.ts';
import { nodeTypes } from './nodes/node-types.ts';
import { Overview } from './Overview.tsx';
import { layOutBy, planFor } from './plan.ts';
import { structureId, structureOf } from './structure.ts';
import { TrailLayer } from './TrailLayer.tsx';
import { useFit } from './use-fit.ts';
import { usePartEvents } from './use-part-events.ts';
import { useSize } from './use-size.ts';

const Drawing = lazy(() => import('./Drawing.tsx').then(({ Drawing }) => ({ default: Drawing })));

interface DiagramProps {
  /** Inside another page: the wheel scrolls that page, and zooms only with Ctrl. */
  readonly isEmbedded?: boolean;
}

/** The cluster, drawn; takes the size of what it is in. */
export function Diagram({ isEmbedded = false }: DiagramProps) {
  return (
    <ReactFlowProvider>
      <Stage isEmbedded={isEmbedded} />
    </ReactFlowProvider>
  );
}

function Stage({ isEmbedded }: Required<DiagramProps>) {
  const element = useRef<HTMLDivElement>(null);
  const size = useSize(element);
  const isReady = useIsReady();
  return (
    <div ref={element} className={styles.stage}>
      {isReady && size !== undefined ? (
        <Flow size={size} isEmbedded={isEmbedded} />
      ) : (
        <p className={styles.starting}>{SHELL.starting}</p>
      )}
    </div>
  );
}

const clearSelection = (): void => select(null);

function useStructureId(): string {
  useMirror('machines', () => mirror.machineNames());
  useMirror('components', () => mirror.addresses());
  useMirror('kind:Service', () => mirror.keysOfKind('Service'));
  return structureId(structureOf(mirror));
}

interface FlowProps extends Required<DiagramProps> {
  readonly size: { readonly width: number; readonly height: number };
}

function Flow({ size, isEmbedded }: FlowProps) {
  const id = useStructureId();
  const showsMap = usePreferences((state) => state.showMinimap);
  // The id stands for the structure: an equal one is not laid out again, nor is an equal plan for another size.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  const structure = useMemo(() => structureOf(mirror), [id]);
  const plan = JSON.stringify(useMemo(() => planFor(structure, size), [structure, size]));
  const drawn = useMemo(
    () => ({ structure, layout: layOutBy(structure, JSON.parse(plan) as Plan) }),
    [structure, plan],
  );
  const nodes = useMemo(() => flowNodes(drawn.layout, drawn.structure), [drawn]);
  const { onMove, fit } = useFit(drawn.layout, size);
  const events = usePartEvents(drawn.layout);
  const lod = useLod();
  const isDrawing = useIsDrawing();
  return (
    <DrawnContext value={drawn}>
      <div role="application" aria-label={TEXT.diagram} className={styles.flow} data-lod={lod} {...events}>
        <ReactFlow
          nodes={nodes}
          nodeTypes={nodeTypes}
          onMove={onMove}
          onPaneClick={clearSelection}
          minZoom={0.12}
          maxZoom={3}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          zoomOnDoubleClick={false}
          zoomOnScroll={!isEmbedded}
          preventScrolling={!isEmbedded}
          zoomActivationKeyCode="Control"
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          deleteKeyCode={null}
          panActivationKeyCode={null}
          attributionPosition="top-right"
        >
          <ViewportPortal>
            <EdgeLayer layout={drawn.layout} />
            <FaultLayer layout={drawn.layout} />
            <TrailLayer layout={drawn.layout} />
          </ViewportPortal>
          <MessageLayer layout={drawn.layout} />
          {isDrawing && (
            <Suspense>
              <Drawing layout={drawn.layout} />
            </Suspense>
          )}
          <Controls onFit={fit} />
          {showsMap && <Overview />}
        </ReactFlow>
      </div>
    </DrawnContext>
  );
}
