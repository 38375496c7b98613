import { openAgents } from '../../../src/storage/drivers/s3/agents.ts';

await openAgents({});
