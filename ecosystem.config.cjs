// pm2 start ecosystem.config.cjs
module.exports = {
  apps: [
    {
      name: 'inference-providers-metrics-tracker',
      script: 'index.ts',
      interpreter: './node_modules/.bin/bun',
      cwd: __dirname,
      // Longer than SHUTDOWN_GRACE_SECONDS (20) and the last push (30) together, so that pm2 never cuts them short.
      kill_timeout: 60_000,
      stop_exit_codes: [78], // wrong settings: trying again would not mend them
      max_memory_restart: '600M',
      time: false,
    },
  ],
};
