import type { Command as CommandName, Summary } from '../model/events.ts';
import type { OutputOptions, Session } from './session.ts';

/** Runs one command's work in a session; the exit status is remembered by {@link runProgram}. */
export type Run = (
  command: CommandName,
  output: OutputOptions,
  act: (session: Session) => Promise<Summary>,
) => Promise<void>;
