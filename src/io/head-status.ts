import type { IncomingMessage } from 'node:http';

/**
 * The status with which a URL answers a stranger's HEAD. No redirect is followed and no proxy asked: it is for whoever
 * would rather not know than load a whole HTTP client, which takes 40 MB. Rejects when no answer comes.
 */
export async function headStatus(url: string, signal: AbortSignal): Promise<number | undefined> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method: 'HEAD', agent: false, signal }, resolve).on('error', reject).end();
  });
  answer.destroy();
  return answer.statusCode;
}
