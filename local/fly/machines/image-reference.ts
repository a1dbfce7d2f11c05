/** An image as Fly takes it apart (spec `ImageRef`). */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const DOCKER_HUB = "registry-1.docker.io";

/**
 * Takes `[registry/]repository[:tag][@digest]` apart. Nothing is pulled here, so a digest is there only where the image names
 * one; Fly adds the one it found.
 */
export function parseImage(image: string): ImageReference {
  const [named = "", digest] = image.split("@");
  const slash = named.indexOf("/");
  const first = named.slice(0, Math.max(slash, 0));
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const [repository = "", tag] = path.split(":");
  return {
    registry: hasRegistry ? first : DOCKER_HUB,
    repository: hasRegistry || repository.includes("/") ? repository : `library/${repository}`,
    ...(tag === undefined ? (digest === undefined ? { tag: "latest" } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
