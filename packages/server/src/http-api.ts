/** The server's door: a WebSocket for the clients, and three pages of JSON for whoever watches. */
import websocket from '@fastify/websocket';
import { LeakscopeError, reasonOf } from '@leakscope/shared/errors';
import type { Logger } from '@leakscope/shared/log';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Backlog } from './backlog.ts';
import { Session, type SessionHandler, type SessionLimits } from './session.ts';
import { sameText } from './tokens.ts';

interface HttpApiOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  handler: SessionHandler;
  limits: SessionLimits;
  /** What `/status` tells; must serialise to JSON. */
  status(): unknown;
  /** The leak records so far, in order. */
  leaks(): unknown[] | Promise<unknown[]>;
  /** Asked for by /status and /leaks as `Authorization: Bearer <token>`; without one nobody can read them. */
  readToken?: string;
  logger: Logger;
}

interface HttpApi {
  /** http://host:port */
  url: string;
  close(): Promise<void>;
}

/** Throws SERVER_LISTEN_FAILED. */
export async function openHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const { host, port, handler, limits, status, leaks, readToken, logger } = options;
  const backlog = new Backlog(limits.backlogBytes);
  const app: FastifyInstance = fastify({ forceCloseConnections: true });
  // A frame somewhat beyond the limit is read, so that it can be answered with a coded error; ws itself ends longer ones with 1009.
  await app.register(websocket, { options: { maxPayload: 4 * limits.frameBytes, perMessageDeflate: false } });

  const authorise = async (request: FastifyRequest, reply: FastifyReply) => {
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (readToken !== undefined && sameText(readToken, given)) return;
    const error = new LeakscopeError('SERVER_API_TOKEN_WRONG', { path: request.url });
    await reply.code(401).send({ code: error.code, message: error.message, hint: error.hint });
  };

  app.get('/federation', { websocket: true }, (socket) => {
    const session = new Session(socket, { handler, limits, backlog, logger });
    const open = app.websocketServer.clients.size;
    if (open > limits.connections) {
      const { connections: maximum } = limits;
      session.refuse(new LeakscopeError('PROTOCOL_LIMIT_EXCEEDED', { limit: 'connections', value: open, maximum }));
    }
  });
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/status', { preHandler: authorise }, async () => status());
  app.get('/leaks', { preHandler: authorise }, async () => leaks());

  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw new LeakscopeError('SERVER_LISTEN_FAILED', { host, port, reason: reasonOf(cause), cause });
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () => app.close(),
  };
}
