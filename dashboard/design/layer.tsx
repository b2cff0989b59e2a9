import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './button.tsx';

interface LayerProps {
  title: ReactNode;
  /** Below the title. */
  about?: ReactNode;
  children: ReactNode;
  onClose(): void;
  /** A question that has to be answered: a click beside it does not close it. */
  asks?: boolean;
  wide?: boolean;
}

/** In the middle, over everything: focus stays in it, Escape closes it, and focus returns to where it was. */
export function ModalDialog({ title, about, children, onClose, asks = false, wide = false }: LayerProps) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable={!asks} onOpenChange={(open) => open || onClose()}>
      <Modal className={wide ? 'modal wide' : 'modal'}>
        <LayerContent {...{ title, about, children, onClose, asks }} />
      </Modal>
    </ModalOverlay>
  );
}

/** At the side, over everything; for one thing of a list. */
export function Drawer({ title, about, children, onClose }: LayerProps) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || onClose()}>
      <Modal className="drawer">
        <LayerContent {...{ title, about, children, onClose }} />
      </Modal>
    </ModalOverlay>
  );
}

function LayerContent({ title, about, children, onClose, asks = false }: LayerProps) {
  useFocusBack();
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    // What had the focus may be gone; Escape has to work all the same.
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.activeElement === document.body) close.current();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  return (
    <Dialog role={asks ? 'alertdialog' : 'dialog'}>
      <header className="layer-head">
        <div>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {about}
        </div>
        <Button kind="quiet" small icon="close" label="Close" onPress={onClose} />
      </header>
      <div className="layer-body">{children}</div>
    </Dialog>
  );
}

/**
 * Where the focus was before the layer came. React Aria gives it back in the next frame, in which what is outside of the layer may still be inert:
 * then it went nowhere, and it is given back once more.
 */
function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
      }, focusBackMs);
    },
    [before],
  );
}

const focusBackMs = 50;
