/** The real program in processes of its own. One file, so that all of it runs side by side: the demo alone waits for two turns of the clock. */
import './demo.ts';
import './stop.ts';
import './canary.ts';
import './once.ts';
import './commands.ts';
import './settings.ts';
import './mcp.ts';
