import { useView } from '../../store/selectors.ts';
import { type Selection, selectionId } from '../../store/view.ts';
import { ComponentPanel } from './component/ComponentPanel.tsx';
import { Ghost } from './Ghost.tsx';
import { MachinePanel } from './MachinePanel.tsx';
import { MessagePanel } from './MessagePanel.tsx';
import { Overview } from './Overview.tsx';
import { ObjectPanel } from './object/ObjectPanel.tsx';

/** What is selected (`useView((state) => state.selection)`): right column, or a sheet on a phone. */
export function Inspector() {
  const selection = useView((state) => state.selection);
  // Another thing starts anew: nothing stays unfolded, and it is read from its top.
  return (
    <div key={selectionId(selection)}>
      <Panel selection={selection} />
    </div>
  );
}

function Panel({ selection }: { readonly selection: Selection | null }) {
  switch (selection?.type) {
    case undefined:
      return <Overview />;
    case 'object':
      return <ObjectPanel objectKey={selection.key} />;
    case 'component':
      return <ComponentPanel address={selection.address} />;
    case 'machine':
      return <MachinePanel name={selection.name} />;
    case 'message':
      return <MessagePanel id={selection.id} />;
    case 'ghost':
      return <Ghost component={selection.component} />;
  }
}
