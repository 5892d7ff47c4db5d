"""What `/openapi.json` and `/apidoc/` say: tables of calls, one file per noun, and what makes a document and a page of them."""
