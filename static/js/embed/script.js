/** The tag that loaded this script, known only while it runs for the first time. */
export const script = document.currentScript;
