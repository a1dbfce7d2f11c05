import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import jest from "eslint-plugin-jest";
import tseslint from "typescript-eslint";

export default defineConfig([
  globalIgnores(["node_modules/", ".tenantry/", "emitted/"]),
  {
    files: ["**/*.ts"],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Our interfaces are met by closures, not by classes: there is no `this` to lose.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["tests/**/*.test.ts"],
    extends: [jest.configs["flat/recommended"]],
    rules: { "jest/no-standalone-expect": ["error", { additionalTestBlockFunctions: ["itIf"] }] },
  },
]);
