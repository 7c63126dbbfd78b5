'use client';

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';
import { buttonClass } from '#ui/button.tsx';

export interface DialogWindowProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** Where the focus goes when it closes. */
  readonly trigger: RefObject<HTMLElement | null>;
  readonly title: string;
  readonly description?: string;
  /** The word on the button that closes it. */
  readonly close: string;
  readonly alert?: boolean;
  readonly children?: ReactNode;
}

/** A modal window. Loaded when the first one is opened. */
export function DialogWindow({ alert = false, trigger, ...props }: DialogWindowProps) {
  const Part = alert ? AlertDialog : Dialog;
  return (
    <Part.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Part.Portal>
        <Part.Backdrop className="fixed inset-0 z-30 bg-black/45" />
        <Part.Popup
          finalFocus={trigger}
          className="fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-2rem)] w-[min(34rem,calc(100vw-2rem))] -translate-1/2 flex-col gap-4 overflow-y-auto rounded-xl border border-line bg-raised p-6 text-ink shadow-raised"
        >
          <div>
            <Part.Title className="text-lg font-semibold text-balance break-words">{props.title}</Part.Title>
            {props.description !== undefined && (
              <Part.Description className="mt-1 text-sm text-muted">{props.description}</Part.Description>
            )}
          </div>
          {props.children}
          <div className="flex justify-end">
            <Part.Close className={buttonClass('plain')}>{props.close}</Part.Close>
          </div>
        </Part.Popup>
      </Part.Portal>
    </Part.Root>
  );
}
