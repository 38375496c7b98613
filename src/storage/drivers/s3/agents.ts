import { loadSdk } from '../../../io/load-sdk.ts';
import { trustedWith } from '../../../io/pem.ts';
import { namesProxy, readProxies } from '../../../io/proxies.ts';

/** Sockets that are kept alive, through the proxies and with the authorities that the environment names. Throws `CONFIG` and `MISSING_DRIVER`. */
export async function openAgents({ verifyTls = true }: { readonly verifyTls?: boolean | undefined }) {
  const { Agent: HttpAgent } = await import('node:http');
  const { Agent: HttpsAgent } = await import('node:https');
  const { env } = process;
  // The SDK does not read it, but Amazon's other tools do.
  const bundle = env['AWS_CA_BUNDLE'] ?? '';
  const ca = bundle === '' ? {} : { ca: trustedWith(bundle, env) };
  const plain = { keepAlive: true, maxSockets: 64 };
  const secure = { ...plain, rejectUnauthorized: verifyTls, ...ca };
  const proxyFor = readProxies(env);
  if (!namesProxy(env)) return { httpAgent: new HttpAgent(plain), httpsAgent: new HttpsAgent(secure) };
  const { ProxyAgent } = await loadSdk('proxy-agent', 'S3 by way of a proxy', () => import('proxy-agent'));
  const through = {
    httpAgent: new HttpAgent(plain),
    httpsAgent: new HttpsAgent(secure),
    getProxyForUrl: (url: string) => proxyFor(new URL(url))?.href ?? '',
  };
  return {
    // On a socket that it has used before, the agent would not tell the proxy which host is meant.
    httpAgent: new ProxyAgent({ ...plain, keepAlive: false, ...through }),
    httpsAgent: new ProxyAgent({ ...secure, ...through }),
  };
}
