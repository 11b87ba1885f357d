/** Where something durable lives, so that a test can close it and open it again. */
export interface Place<Port> extends AsyncDisposable {
  open(): Promise<Port & AsyncDisposable>;
}
