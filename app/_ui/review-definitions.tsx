'use client';

import { useEffect, useRef, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import type { ProbeWords } from '#ui/messages.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { ProbeView } from '#ui/probe-view.tsx';
import { chosenNames, type ShownServer, unapproved } from '#ui/shown-server.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface ReviewDefinitionsProps {
  readonly serverId: string;
  readonly words: ProbeWords;
  /** The page is about a difference: what it is is asked for at once. */
  readonly lookAtOnce: boolean;
}

/** Asks a registered server what it shows now, and pins what an admin saw and chose. */
export function ReviewDefinitions({ serverId, words, lookAtOnce }: ReviewDefinitionsProps) {
  const { canonicalUrl } = useConsole();
  const probe = useJsonRequest<ShownServer>();
  const approval = useJsonRequest();
  const [shown, setShown] = useState<ShownServer>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const url = `${canonicalUrl}/api/v1/servers/${serverId}`;

  const look = async () => {
    const outcome = await probe.send({ url: `${url}/probe`, method: 'POST' });
    if (outcome?.ok !== true) return;
    setShown(outcome.body);
    setChosen(unapproved(outcome.body));
  };
  const approve = async (all: boolean) => {
    if (shown === undefined) return;
    const body = {
      listing_sha256: shown.listing_sha256,
      ...(all ? {} : { definitions: chosenNames(shown, chosen) }),
    };
    const outcome = await approval.send({ url: `${url}/approval`, method: 'POST', body });
    if (outcome?.ok === true) location.reload();
  };

  const began = useRef(false);
  useEffect(() => {
    if (!lookAtOnce || began.current) return;
    began.current = true;
    void look();
  });

  return (
    <div className="flex flex-col gap-4">
      {probe.problem !== undefined && <ProblemCallout problem={probe.problem} />}
      {shown !== undefined && <ProbeView server={shown} words={words} chosen={chosen} onChoose={setChosen} />}
      {approval.problem !== undefined && <ProblemCallout problem={approval.problem} />}
      <div className="flex flex-wrap gap-2">
        {shown !== undefined && (
          <>
            <Button
              tone="primary"
              aria-disabled={approval.pending || chosen.size === 0}
              onClick={() => chosen.size > 0 && void approve(false)}
            >
              {approval.pending ? words.step.approving : words.pins.approveChosen}
            </Button>
            <Button
              aria-disabled={approval.pending}
              onClick={() => void approve(true)}
              title={words.pins.approveAllAbout}
            >
              {words.pins.approveAll}
            </Button>
          </>
        )}
        <Button aria-disabled={probe.pending} onClick={() => void look()}>
          {probe.pending ? words.step.looking : shown === undefined ? words.pins.look : words.step.lookAgain}
        </Button>
      </div>
      {shown !== undefined && <p className="text-xs text-muted">{words.pins.approveAllAbout}</p>}
    </div>
  );
}
