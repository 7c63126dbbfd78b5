'use client';

import { lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import { Button, type Tone } from '#ui/button.tsx';
import type { DialogWindowProps } from '#ui/dialog-window.tsx';

/** A chunk of its own: most visits open no dialog. */
const loadWindow = async () => ({ default: (await import('#ui/dialog-window.tsx')).DialogWindow });
const DialogWindow = lazy(loadWindow);

interface DialogButtonProps extends Pick<DialogWindowProps, 'title' | 'description' | 'close' | 'alert'> {
  readonly button: ReactNode;
  readonly tone?: Tone;
  /** What stands in the window; as a function it is told how to close it. */
  readonly children: ReactNode | ((close: () => void) => ReactNode);
}

/**
 * A button with the window that it opens. The page behind is out of reach meanwhile; Escape closes it, and the focus
 * goes back to the button. An `alert` is closed by its own buttons only.
 */
export function DialogButton({ button, tone = 'plain', children, ...window }: DialogButtonProps) {
  const trigger = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const show = () => {
    setWanted(true);
    setOpen(true);
  };
  const close = () => setOpen(false);
  return (
    <>
      <Button
        ref={trigger}
        tone={tone}
        aria-haspopup="dialog"
        onClick={show}
        onPointerEnter={() => void loadWindow()}
        onFocus={() => void loadWindow()}
      >
        {button}
      </Button>
      {wanted && (
        <Suspense>
          <DialogWindow open={open} onOpenChange={setOpen} trigger={trigger} {...window}>
            {typeof children === 'function' ? children(close) : children}
          </DialogWindow>
        </Suspense>
      )}
    </>
  );
}
