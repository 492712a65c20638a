// The shapes of texts that several subjects and every language share.

/** What is said about one detail of the certificate. */
export interface DetailText {
  label: string;
  meaning: string;
}

/** A consent in the person's own words. */
export interface ConsentText {
  label: string;
  meaning: string;
}

/** Something with a plain name and what it means. */
export interface Explained {
  label: string;
  meaning: string;
}
