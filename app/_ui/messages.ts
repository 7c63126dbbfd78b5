import { createTranslator } from 'use-intl/core';
import agentsEn from './messages/en/agents.json' with { type: 'json' };
import commonEn from './messages/en/common.json' with { type: 'json' };
import connectionsEn from './messages/en/connections.json' with { type: 'json' };
import hostedEn from './messages/en/hosted.json' with { type: 'json' };
import keysEn from './messages/en/keys.json' with { type: 'json' };
import policiesEn from './messages/en/policies.json' with { type: 'json' };
import policyEditorEn from './messages/en/policy-editor.json' with { type: 'json' };
import requestsEn from './messages/en/requests.json' with { type: 'json' };
import peopleEn from './messages/en/people.json' with { type: 'json' };
import receiptsEn from './messages/en/receipts.json' with { type: 'json' };
import serversEn from './messages/en/servers.json' with { type: 'json' };
import signInEn from './messages/en/sign-in.json' with { type: 'json' };
import ssoProblemsEn from './messages/en/sso-problems.json' with { type: 'json' };
import settingsEn from './messages/en/settings.json' with { type: 'json' };

/** Words of one area. A missing one is a defect of ours: keys are typed, and an error is thrown rather than shown as text. */
function area<const Messages extends Record<string, unknown>>(messages: Messages) {
  return createTranslator({
    locale: 'en',
    messages,
    timeZone: 'UTC',
    onError: (error) => {
      throw error;
    },
  });
}

/** One per file of `messages/en`: what is said everywhere, and then one area each. For server components. */
export const common = area(commonEn);
export const hosted = area(hostedEn);
export const connections = area(connectionsEn);
export const people = area(peopleEn);
export const signIn = area(signInEn);
export const ssoProblems = area(ssoProblemsEn);
export const receipts = area(receiptsEn);
export const servers = area(serversEn);
export const keys = area(keysEn);
export const policies = area(policiesEn);
export const agents = area(agentsEn);
export const settings = area(settingsEn);

/** As they stand in the file, for client components, which translate nothing. */
export const commonWords = commonEn;

/** What is said around requests, for client components, which translate nothing. */
export const requestWords = requestsEn;
export type RequestWords = typeof requestsEn;

/** What is said where a browser opens, verifies and keeps receipts. */
export const receiptWords = {
  bodies: receiptsEn.bodies,
  export: receiptsEn.export,
  file: receiptsEn.file,
  verify: receiptsEn.verify,
};
export type ReceiptWords = typeof receiptWords;

/** Of a difference, for whoever shows one. */
export const differenceWords = policiesEn.difference;
/** Of the policy editor and its tests, which are client components. */
export const policyEditorWords = policyEditorEn;
export type PolicyEditorWords = typeof policyEditorEn;
/** Words of client components of one area: what they show depends on what the API answers. */
export const probeWords = {
  ...serversEn.probe,
  kind: serversEn.kind,
  step: serversEn.new,
  pins: serversEn.definitions,
};
export type ProbeWords = typeof probeWords;
export const agentWords = { ...agentsEn.new, secret: agentsEn.secret };
export type AgentWords = typeof agentWords;
