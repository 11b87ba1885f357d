import { createHmac } from 'node:crypto';
import type { Severity } from '../domain/alarm.ts';
import type { ChannelSettings } from '../domain/settings.ts';
import { type CallOptions, call, type Receipt, type Request } from './call.ts';
import { cut, headline, type Message, PLAIN, paragraphs } from './message.ts';

/** Somebody who is told. */
export interface Channel {
  readonly name: string;
  readonly type: ChannelSettings['type'];
  /** One try. What the other side does is a value. @throws `signal.reason` once it is aborted */
  send(message: Message, signal: AbortSignal): Promise<Receipt>;
}

export function createChannel(settings: ChannelSettings, options: CallOptions): Channel {
  const { name, type } = settings;
  return {
    name,
    type,
    send: (message, signal) => call(requestFor(settings, message, options.nowMs()), options, signal),
  };
}

/** @param nowMs Unix ms of this try */
export function requestFor(settings: ChannelSettings, message: Message, nowMs: number): Request {
  switch (settings.type) {
    case 'slack':
      return post(settings.url, slackBody(message));
    case 'discord':
      return post(confirmed(settings.url), discordBody(message));
    case 'ntfy':
      return post(settings.url, { topic: settings.topic, ...ntfyBody(message) }, bearer(settings.token));
    case 'webhook': {
      const body = JSON.stringify(webhookBody(message));
      const headers = {
        'idempotency-key': message.noticeId,
        ...signature(message.noticeId, body, settings.secret, nowMs),
      };
      return post(settings.url, body, headers);
    }
    default:
      return settings satisfies never;
  }
}

function post(url: string, body: object | string, headers: Readonly<Record<string, string>> = {}): Request {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

const bearer = (token: string | null): Readonly<Record<string, string>> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

/** A section of Slack holds 3,000 characters, a header 150 (docs.slack.dev, Block Kit). */
const SLACK_SECTION = 3000;
const SLACK_HEADER = 150;
/** What Slack would read as markup: a link, a mention, an entity. `verbatim` keeps it from making links by itself. */
const escapeSlack = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack knows no idempotency key: a message whose answer was lost comes twice. */
function slackBody(message: Message): object {
  const text = paragraphs(message, { quoted: escapeSlack, bold: (title) => `*${title}*` }, SLACK_SECTION);
  const title = headline(message);
  return {
    text: escapeSlack(title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, SLACK_HEADER), emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: cutEntity(text, SLACK_SECTION), verbatim: true } },
    ],
  };
}

/** Not within `&amp;`. */
const cutEntity = (text: string, longest: number) =>
  text.length <= longest ? text : `${cut(text, longest).replace(/&[a-z]{0,4}…$/, '')}`;

const DISCORD_CONTENT = 2000;
const SUPPRESS_EMBEDS = 1 << 2;
const escapeDiscord = (text: string) => text.replace(/[\\*_~`|>#[\]()<:@-]/g, '\\$&');

/** So that Discord answers once the message is there, and says so when it is not. */
function confirmed(url: string): string {
  const target = new URL(url);
  target.searchParams.set('wait', 'true');
  return target.href;
}

/** Discord knows no idempotency key for hooks either. Nobody is mentioned, whatever is quoted. */
function discordBody(message: Message): object {
  const markup = { quoted: escapeDiscord, bold: (title: string) => `**${title}**` };
  const lead = `${escapeDiscord(headline(message))}\n\n`;
  const content = lead + paragraphs(message, markup, DISCORD_CONTENT - lead.length);
  return { content: cut(content, DISCORD_CONTENT), allowed_mentions: { parse: [] }, flags: SUPPRESS_EMBEDS };
}

/** Beyond 4,096 bytes ntfy makes a file of it. A character is three bytes at most, or two of a pair. */
const NTFY_MESSAGE = Math.floor(4096 / 3);
const PRIORITIES: Readonly<Record<Severity, number>> = { info: 3, warning: 4, critical: 5 };
const TAGS: Readonly<Record<Severity, string>> = {
  info: 'information_source',
  warning: 'warning',
  critical: 'rotating_light',
};

/** Published as JSON: a header holds no more than ASCII. ntfy knows no idempotency key. */
function ntfyBody(message: Message): object {
  const { severity } = message.alarms[0]!; // the most urgent comes first
  const isQuiet = message.kind === 'over' || message.kind === 'test';
  return {
    title: headline(message),
    message: cut(paragraphs(message, PLAIN, NTFY_MESSAGE), NTFY_MESSAGE),
    priority: isQuiet ? 3 : PRIORITIES[severity],
    tags: [isQuiet ? 'white_check_mark' : TAGS[severity]],
  };
}

/** spec.md describes it. */
function webhookBody({ noticeId, kind, createdAtMs, alarms }: Message): object {
  return {
    type: `alert.${kind}`,
    timestamp: new Date(createdAtMs).toISOString(),
    data: {
      notice_id: noticeId,
      alarms: alarms.map(({ key, rule, severity, title, text, endpoints, sinceMs, isOver }) => ({
        ...{ key, rule, severity, title, text, is_over: isOver, since: new Date(sinceMs).toISOString() },
        endpoints: endpoints.map(({ modelId, provider }) => ({ model_id: modelId, provider })),
      })),
    },
  };
}

/** Standard Webhooks 1.0.0 (standardwebhooks.com), "Signature scheme": HMAC-SHA256 over id, seconds of this try and body. */
export function signature(id: string, body: string, secret: string, nowMs: number): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(nowMs / 1000));
  const signed = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`${id}.${seconds}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signed}` };
}
