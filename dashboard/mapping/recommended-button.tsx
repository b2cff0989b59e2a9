import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { toast } from '../design/toasts.tsx';
import { ApplyRecommendedMappings, type Mapping } from './mapping-query.ts';

interface RecommendedButtonProps {
  integrationId: string;
  recommended: readonly Mapping[];
  mapped: readonly Mapping[];
  barrier: string | null;
  primary?: boolean;
}

/** Adds what most accounts map, where source and field are both free. Not there when nothing of it is left to add. */
export function RecommendedButton({ integrationId, recommended, mapped, barrier, primary }: RecommendedButtonProps) {
  const [pending, setPending] = useState(false);
  const act = useAct();
  const missing = recommended.filter(
    (one) => !mapped.some(({ source, remoteField }) => source === one.source || remoteField === one.remoteField),
  );
  if (missing.length === 0) return null;
  const apply = async () => {
    setPending(true);
    const result = (await act(ApplyRecommendedMappings, { id: integrationId }))?.applyRecommendedMappings;
    setPending(false);
    if (!result) return;
    const refusal = refusalOf(result);
    toast(refusal ?? `${fieldsOf(missing.length)} mapped as most accounts do.`, { wrong: refusal !== null });
  };
  return (
    <Button
      icon="check"
      kind={primary ? 'primary' : undefined}
      pending={pending}
      disabledBecause={barrier}
      onPress={() => void apply()}
    >
      {`Map ${fieldsOf(missing.length)} as recommended`}
    </Button>
  );
}

const fieldsOf = (count: number): string => (count === 1 ? '1 field' : `${count} fields`);
