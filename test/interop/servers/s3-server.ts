/** A running server that speaks S3, and what opens it. */
export interface S3Server extends AsyncDisposable {
  /** `http://host:port`. */
  readonly endpoint: string;
  readonly region: string;
  readonly username: string;
  readonly secret: string;
}
