// Which version runs, for Prometheus: a gauge that is always 1.
import { readFileSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';
import { productRoot } from '../config/catalogue.js';

/** `name`: `gateway_build_info` or `dns_build_info`. */
export function addBuildInfo(registry: Registry, name: string): void {
  const { version } = JSON.parse(readFileSync(`${productRoot}package.json`, 'utf8')) as { version: string };
  const gauge = new Gauge({
    name,
    help: 'Always 1; the labels hold the version of the product and of Node.js.',
    labelNames: ['version', 'node'] as const,
    registers: [registry],
  });
  gauge.set({ version, node: process.versions.node }, 1);
}
