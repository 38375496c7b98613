import { parseJsonObject } from './record.ts';

/** The body of a mark: why it was set, and when. */
export interface MarkBody {
  /** Empty when no reason was given. */
  readonly reason: string;
  /** ISO 8601 in UTC. */
  readonly date?: string;
  /** Carried over from a mirror's source, whose change of mind it follows. */
  readonly mirrored?: true;
}

export function renderMark({ reason, date, mirrored }: MarkBody): string {
  return `${JSON.stringify({ reason, date, mirrored })}\n`;
}

/** Reads a mark; its being there is what counts, so an unreadable body only means that no reason is known. */
export function parseMark(text: string): MarkBody {
  const { reason, date, mirrored } = parseJsonObject(text) ?? {};
  return {
    reason: typeof reason === 'string' ? reason : '',
    ...(typeof date === 'string' ? { date } : {}),
    ...(mirrored === true ? { mirrored } : {}),
  };
}
