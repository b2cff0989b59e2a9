import { type ComponentType, type ReactNode, useEffect, useState } from 'react';
import { Trouble } from '../design/states.tsx';

/**
 * A component whose code is loaded when it is first shown, or earlier by `preload`; until then `waiting` is in its place. Not React.lazy, which
 * keeps what has arrived back for 0.3 s so that its fallback does not flash: that would be a third of the time to the first useful paint.
 */
export function part<Props extends object>(load: () => Promise<ComponentType<Props>>, waiting: ReactNode) {
  let loaded: ComponentType<Props> | null = null;
  const preload = async (): Promise<ComponentType<Props>> => {
    loaded ??= await load();
    return loaded;
  };
  function Part(props: Props) {
    const [Content, setContent] = useState(() => loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Content || failed) return;
      let gone = false;
      preload().then(
        (component) => gone || setContent(() => component),
        () => gone || setFailed(true),
      );
      return () => {
        gone = true;
      };
    }, [Content, failed]);
    if (failed) return <Trouble message="A part of the page is missing." onRetry={() => setFailed(false)} />;
    return Content ? <Content {...props} /> : waiting;
  }
  return Object.assign(Part, { preload });
}
